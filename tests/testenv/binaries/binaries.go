// Package binaries finds the programs that tests/testenv/tools/build.sh built.
package binaries

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Names of the programs and manifests, as build.sh writes them.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Kubectl           = "kubectl"
	Core              = "capi-core"
	KubeadmBootstrap  = "capi-kubeadm-bootstrap"
	KubeadmControl    = "capi-kubeadm-control-plane"
	Clusterctl        = "clusterctl"
	Helm              = "helm"
	Grpcurl           = "grpcurl"
)

// needed is what no test environment can do without.
var needed = []string{
	Etcd, APIServer, ControllerManager, Kubectl,
	Core, KubeadmBootstrap, KubeadmControl,
}

// fromAssets are the programs that envtest's archives have too.
var fromAssets = map[string]bool{Etcd: true, APIServer: true, Kubectl: true}

// Folder is where the programs lie.
type Folder struct {
	// Bin is what build.sh filled.
	Bin string
	// Assets goes first for etcd, kube-apiserver and kubectl, if set.
	Assets string
}

// Default is $EVROC_TESTENV_BIN, else evroc-testenv/bin in the user's cache
// folder; $KUBEBUILDER_ASSETS is heeded.
func Default() Folder {
	folder := Folder{
		Bin:    os.Getenv("EVROC_TESTENV_BIN"),
		Assets: os.Getenv("KUBEBUILDER_ASSETS"),
	}
	if folder.Bin == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		folder.Bin = filepath.Join(cache, "evroc-testenv", "bin")
	}
	return folder
}

// Path is where the program of that name is, whether it exists or not.
func (f Folder) Path(name string) string {
	if f.Assets != "" && fromAssets[name] {
		return filepath.Join(f.Assets, name)
	}
	return filepath.Join(f.Bin, name)
}

// Manifests is the YAML that the Cluster API provider of that name ships.
func (f Folder) Manifests(name string) string {
	return filepath.Join(f.Bin, name+".yaml")
}

// Check says which programs a test environment lacks, and how to get them.
func (f Folder) Check() error {
	var missing []error
	for _, name := range needed {
		if _, err := os.Stat(f.Path(name)); err != nil {
			missing = append(missing, err)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the test environment's tools are not built; "+
		"tests/testenv/tools/build.sh does it: %w", errors.Join(missing...))
}

// ForTest is Default, or skips the test if tools are missing. Where
// EVROC_TESTENV_REQUIRED is 1, as in the gate, the test fails instead.
func ForTest(t testing.TB) Folder {
	t.Helper()
	folder := Default()
	if err := folder.Check(); err != nil {
		SkipOrFail(t, err)
	}
	return folder
}

// SkipOrFail ends the test for want of something that it runs against: by a
// failure where EVROC_TESTENV_REQUIRED is 1, else by a skip.
func SkipOrFail(t testing.TB, reason error) {
	t.Helper()
	if os.Getenv("EVROC_TESTENV_REQUIRED") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
