// Package binaries finds the programs that tests/testenv/tools/build.sh built.
package binaries

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The file names of the programs and manifests that build.sh writes.
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

// needed are the programs that every test environment needs.
var needed = []string{
	Etcd, APIServer, ControllerManager, Kubectl,
	Core, KubeadmBootstrap, KubeadmControl,
}

// fromAssets are the programs that envtest's archives contain too.
var fromAssets = map[string]bool{Etcd: true, APIServer: true, Kubectl: true}

// Folder is the place of the programs.
type Folder struct {
	// Bin is the folder that build.sh writes to.
	Bin string
	// Assets, if set, is the folder to look in first for etcd, kube-apiserver and
	// kubectl.
	Assets string
}

// Default returns $EVROC_TESTENV_BIN, else evroc-testenv/bin in the user's
// cache folder, with $KUBEBUILDER_ASSETS as Assets.
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

// Path returns the path of a program, whether it exists or not.
func (f Folder) Path(name string) string {
	if f.Assets != "" && fromAssets[name] {
		return filepath.Join(f.Assets, name)
	}
	return filepath.Join(f.Bin, name)
}

// Manifests returns the path of the YAML that a Cluster API provider ships.
func (f Folder) Manifests(name string) string {
	return filepath.Join(f.Bin, name+".yaml")
}

// Check returns an error that names the missing programs and how to get them.
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

// ForTest returns Default, or skips the test if tools are missing. If
// EVROC_TESTENV_REQUIRED is 1, as in the gate, the test fails instead.
func ForTest(t testing.TB) Folder {
	t.Helper()
	folder := Default()
	if err := folder.Check(); err != nil {
		SkipOrFail(t, err)
	}
	return folder
}

// SkipOrFail ends a test that lacks a program: it fails if
// EVROC_TESTENV_REQUIRED is 1, and is skipped otherwise.
func SkipOrFail(t testing.TB, reason error) {
	t.Helper()
	if os.Getenv("EVROC_TESTENV_REQUIRED") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
