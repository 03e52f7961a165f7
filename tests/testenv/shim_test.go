package testenv

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
)

// fakeShim logs its flags and its user, and serves nothing.
const fakeShim = `#!/bin/sh
for flag; do
  case $flag in --kubeconfig=*) kubeconfig=${flag#*=} ;; esac
done
trap 'exit 0' TERM
echo "$0" "$@" >&2
KUBECTL auth whoami --kubeconfig="$kubeconfig" >&2
KUBECTL create namespace x --kubeconfig="$kubeconfig" >&2
echo ready shim 127.0.0.1:1
while :; do :; done
`

// withFakeShim returns a flat folder of programs with the fake shim.
func withFakeShim(t *testing.T, programs string, tools binaries.Folder) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{product.Sim, product.Network, product.Compute} {
		path, err := product.Find(programs, name)
		if err != nil {
			t.Fatal(err)
		}
		if path, err = filepath.Abs(path); err != nil {
			t.Fatal(err)
		}
		err = os.Symlink(path, filepath.Join(folder, filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
	}
	script := strings.ReplaceAll(fakeShim, "KUBECTL", tools.Path(binaries.Kubectl))
	err := os.WriteFile(filepath.Join(folder, "shim"), []byte(script), 0o755)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestShimsRunUnderTheAccountThatIsShipped(t *testing.T) {
	options := newOptions(t)
	options.Programs = withFakeShim(t, options.Programs, options.Binaries)
	options.Shim, options.Workload, options.RKE2 = true, false, false
	options.WithoutManagers = true
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	running, err := Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Stop()
	second, err := running.StartShim(ctx, "shim-2", "--leader-elect")
	if err != nil {
		t.Fatal(err)
	}
	for _, shim := range []*product.Program{running.Shim, second} {
		content, err := os.ReadFile(shim.Process().Log())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"system:serviceaccount:" + ShimNamespace + ":" + ShimAccount,
			"--network-service=" + running.Product.Network.Address(),
		} {
			if !strings.Contains(string(content), want) {
				t.Errorf("%s: no %s in %s", shim.Name(), want, content)
			}
		}
	}
	// Neither shim may make a namespace, and Forbidden finds both refusals.
	if lines, err := running.Forbidden(); err != nil || len(lines) != 2 {
		t.Errorf("found %q, %v", lines, err)
	}
}
