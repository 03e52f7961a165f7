package testenv

import (
	"io"
	"os"
	"path/filepath"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// Options say what a test environment consists of. The zero value with Dir set
// is a management cluster without the programs of this repository.
type Options struct {
	// Dir is the folder for all files of the test environment. It is made if
	// absent.
	Dir string
	// Binaries are the tools that build.sh built; binaries.Default() if empty.
	Binaries binaries.Folder
	// Manifests are folders of YAML: the CRDs, rights and policies of the
	// provider. See Deploy.
	Manifests []string

	// Programs is the folder with the product's binaries, such as bazel-bin. If
	// it is empty, evroc-sim, services and shim are not started.
	Programs string
	// Shim is whether the shim is started with the product.
	Shim bool
	// ShimFlags are added to the shim's flags, ServiceFlags to the services'.
	ShimFlags, ServiceFlags []string
	// SimSettings is JSON in the format of GET /sim/v1/settings.
	SimSettings string
	SimFlags    []string
	// DataPlane is a block inside 127.0.0.0/8; a free /16 if empty.
	DataPlane string

	// Workload is whether the simulator's machines boot and become nodes. Needs
	// Programs.
	Workload bool
	// WorkloadOptions configure the workload clusters; SimURL is set by Start.
	WorkloadOptions workload.Options
	// RKE2 is whether the fake RKE2 provider runs.
	RKE2 bool
	// RKE2Options configure the fake RKE2 provider.
	RKE2Options rke2.Options

	// WithoutManagers leaves Cluster API's managers and webhooks out, for tests
	// that write core's objects themselves.
	WithoutManagers bool
	// Audit makes the API server log every request.
	Audit bool
	// APIServerMemory is the API server's GOMEMLIMIT; 600MiB if empty.
	APIServerMemory string
	// Progress gets a line for each step; nil for none.
	Progress io.Writer
}

// The shim's account in deploy/rbac.
const (
	ShimNamespace = "evroc-system"
	ShimAccount   = "evroc-shim"
)

// Deploy returns the existing folders with the provider's manifests in this
// repository.
func Deploy(root string) []string {
	var result []string
	for _, name := range []string{"crd", "rbac", "policy"} {
		folder := filepath.Join(root, "deploy", name)
		if _, err := os.Stat(folder); err == nil {
			result = append(result, folder)
		}
	}
	return result
}
