package rke2_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/yaml"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
)

// server is the API server that all tests share, with core's CRDs, ours and the
// fake provider's, and with the provider's accounts and roles.
var server struct {
	config *rest.Config
	client client.Client // strict: an unknown field is an error
	reason string        // why there is none
}

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(run(m))
}

func run(m *testing.M) int {
	environment, err := startServer()
	if environment != nil {
		defer func() { _ = environment.Stop() }()
	}
	if err != nil {
		if os.Getenv("EVROC_TESTENV_REQUIRED") == "1" || environment != nil {
			fmt.Fprintln(os.Stderr, "rke2:", err)
			return 1
		}
		server.reason = err.Error()
	}
	return m.Run()
}

// requireServer skips the test where the API server is not built.
func requireServer(t *testing.T) {
	t.Helper()
	if server.config == nil {
		t.Skip("no API server: ", server.reason)
	}
}

func findProgram(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	for _, folder := range []string{
		os.Getenv("KUBEBUILDER_ASSETS"), os.Getenv("EVROC_TESTENV_BIN"),
		filepath.Join(cache, "evroc-testenv", "bin"),
	} {
		if path := filepath.Join(folder, name); folder != "" {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
		}
	}
	return exec.LookPath(name)
}

// startServer returns an environment that must be stopped, even after an error.
func startServer() (*envtest.Environment, error) {
	apiServer, err := findProgram("kube-apiserver")
	if err != nil {
		return nil, err
	}
	etcd, err := findProgram("etcd")
	if err != nil {
		return nil, err
	}
	environment := &envtest.Environment{
		ControlPlaneStartTimeout: 2 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	program := environment.ControlPlane.GetAPIServer()
	program.Path = apiServer
	program.Configure().
		Append("enable-admission-plugins", "OwnerReferencesPermissionEnforcement")
	environment.ControlPlane.Etcd = &envtest.Etcd{Path: etcd}
	if environment.CRDs, err = allCRDs(); err != nil {
		return nil, err
	}
	config, err := environment.Start()
	if err != nil {
		return environment, fmt.Errorf("start the API server: %w", err)
	}
	return environment, prepare(config)
}

// prepare applies the accounts and roles.
func prepare(config *rest.Config) error {
	config.QPS, config.Burst = 1000, 2000
	scheme, err := rke2.Scheme()
	if err != nil {
		return err
	}
	plain, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	objects, err := rke2.RBAC()
	if err != nil {
		return err
	}
	server.client = client.WithFieldValidation(plain, "Strict")
	for _, object := range objects {
		if err := server.client.Create(ctxOf(nil), object); err != nil {
			return fmt.Errorf("make %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	server.config = config
	return nil
}

func allCRDs() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	crds, err := rke2.CRDs()
	if err != nil {
		return nil, err
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}",
		"sigs.k8s.io/cluster-api").Output()
	if err != nil {
		return nil, fmt.Errorf("find Cluster API's module: %w", err)
	}
	folder := string(module[:len(module)-1])
	for _, file := range []string{
		filepath.Join(folder, "core/config/crd/bases/cluster.x-k8s.io_clusters.yaml"),
		filepath.Join(folder, "core/config/crd/bases/cluster.x-k8s.io_machines.yaml"),
		"../../../deploy/crd/evrocmachines.yaml",
		"../../../deploy/crd/evrocmachinetemplates.yaml",
	} {
		crd, err := readCRD(file)
		if err != nil {
			return nil, err
		}
		crds = append(crds, crd)
	}
	return crds, nil
}

// readCRD reads a CRD and keeps only the stored version, which needs no
// webhook.
func readCRD(file string) (*apiextensionsv1.CustomResourceDefinition, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read a CRD: %w", err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(text, crd); err != nil {
		return nil, fmt.Errorf("read CRD %s: %w", file, err)
	}
	crd.Spec.Conversion = nil
	stored := crd.Spec.Versions[:0]
	for _, version := range crd.Spec.Versions {
		if version.Storage {
			stored = append(stored, version)
		}
	}
	crd.Spec.Versions = stored
	return crd, nil
}
