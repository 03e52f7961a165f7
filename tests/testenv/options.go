package testenv

import (
	"io"
	"os"
	"path/filepath"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// Options says what a test environment consists of. The zero value with Dir set
// is a management cluster without anything of this repository.
type Options struct {
	// Dir gets everything that the test environment writes. Made if absent.
	Dir string
	// Binaries are the tools that build.sh built; binaries.Default() if empty.
	Binaries binaries.Folder
	// Manifests are folders of YAML: the CRDs, rights and policies of the
	// provider. See Deploy.
	Manifests []string

	// Programs is the folder with the product's binaries, for instance
	// bazel-bin. Empty: evroc-sim, services and shim are not started.
	Programs string
	// Shim is whether the shim is started with the product.
	Shim bool
	// ShimFlags are added to its flags, ServiceFlags to the services'.
	ShimFlags, ServiceFlags []string
	// SimSettings is JSON in the shape of GET /sim/v1/settings; SimFlags are
	// added to the simulator's flags.
	SimSettings string
	SimFlags    []string
	// DataPlane is a block inside 127.0.0.0/8; a free /16 if empty.
	DataPlane string

	// Workload is whether the simulator's machines boot and become nodes. Needs
	// Programs.
	Workload bool
	// WorkloadOptions are those of the workload clusters; its SimURL is set.
	WorkloadOptions workload.Options
	// RKE2 is whether RKE2's bootstrap and control-plane providers are there.
	RKE2 bool
	// RKE2Options are those of the fake provider.
	RKE2Options rke2.Options

	// WithoutManagers leaves Cluster API's managers and webhooks out, for tests
	// that write core's objects themselves.
	WithoutManagers bool
	// Audit makes the API server note every request.
	Audit bool
	// APIServerMemory is the API server's GOMEMLIMIT; 600MiB if empty.
	APIServerMemory string
	// Progress gets a line for each step; nil: nobody.
	Progress io.Writer
}

// Account of the shim, as deploy/rbac ships it.
const (
	ShimNamespace = "evroc-system"
	ShimAccount   = "evroc-shim"
)

// Deploy are the folders with the provider's manifests in this repository,
// whose root it is told; those that exist.
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
