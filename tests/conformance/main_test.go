// Package conformance tests deploy/ and templates/ against Cluster API's
// provider contract, on a real API server and without any of our programs. The
// name of a test begins with the row of the contract that it checks.
package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// server is the API server that the tests share, with the objects of deploy/.
var server struct {
	config *rest.Config
	client client.Client // strict: an unknown field is an error
	reason string        // why there is no server

	programs   binaries.Folder
	kubeconfig string // an administrator's, in a file
}

func TestMain(m *testing.M) {
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	os.Exit(run(m))
}

func run(m *testing.M) int {
	programs, err := findPrograms()
	if err != nil && os.Getenv("EVROC_TESTENV_REQUIRED") != "1" {
		server.reason = err.Error()
		return m.Run()
	}
	stop := func() {}
	if err == nil {
		stop, err = start(programs)
	}
	defer stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		return 1
	}
	return m.Run()
}

// start runs the API server and creates the objects; stop is never nil.
func start(programs binaries.Folder) (stop func(), err error) {
	folder, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return func() {}, err
	}
	environment := newEnvironment(programs)
	stop = func() {
		_ = environment.Stop()
		_ = os.RemoveAll(folder)
	}
	config, err := environment.Start()
	if err != nil {
		return stop, fmt.Errorf("start the API server: %w", err)
	}
	server.programs = programs
	server.kubeconfig = filepath.Join(folder, "admin.kubeconfig")
	if err := prepare(environment, config); err != nil {
		return stop, fmt.Errorf("prepare the API server: %w", err)
	}
	return stop, nil
}

// findPrograms finds clusterctl and the programs that every test environment
// needs.
func findPrograms() (binaries.Folder, error) {
	folder := binaries.Default()
	if err := folder.Check(); err != nil {
		return folder, err
	}
	_, err := os.Stat(folder.Path(binaries.Clusterctl))
	return folder, err
}

func newEnvironment(programs binaries.Folder) *envtest.Environment {
	environment := &envtest.Environment{
		ControlPlaneStartTimeout: 2 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	api := environment.ControlPlane.GetAPIServer()
	api.Path = programs.Path(binaries.APIServer)
	api.Configure().Append("enable-admission-plugins", "OwnerReferencesPermissionEnforcement")
	environment.ControlPlane.Etcd = &envtest.Etcd{Path: programs.Path(binaries.Etcd)}
	return environment
}

func prepare(environment *envtest.Environment, config *rest.Config) error {
	if err := os.WriteFile(server.kubeconfig, environment.KubeConfig, 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	lenient, err := newClient(config)
	if err != nil {
		return err
	}
	server.config = config
	server.client = client.WithFieldValidation(lenient, metav1.FieldValidationStrict)
	for _, load := range []func() ([]object, error){clusterAPICRDs, rke2CRDs, deployed} {
		objects, err := load()
		if err != nil {
			return err
		}
		if err := applyAll(ctx, objects); err != nil {
			return err
		}
	}
	if err := waitForKinds(ctx); err != nil {
		return err
	}
	return waitForPolicies(ctx)
}

func newClient(config *rest.Config) (client.Client, error) {
	scheme := clientgoscheme.Scheme
	if err := clusterv1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := apiextensionsv1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// waitForKinds waits until every kind of ours and of Cluster API is served.
func waitForKinds(ctx context.Context) error {
	var crds apiextensionsv1.CustomResourceDefinitionList
	if err := server.client.List(ctx, &crds); err != nil {
		return err
	}
	for i := range crds.Items {
		crd := &crds.Items[i]
		list := newList(crd.Spec.Group, crd.Spec.Versions[len(crd.Spec.Versions)-1].Name, crd.Spec.Names.ListKind)
		err := poll(ctx, func(ctx context.Context) (bool, error) {
			err := server.client.List(ctx, list)
			if meta.IsNoMatchError(err) {
				return false, nil
			}
			return err == nil, nil
		})
		if err != nil {
			return fmt.Errorf("wait for %s: %w", crd.Name, err)
		}
	}
	return nil
}

// needServer skips a test without a server, and returns a context that ends
// with the test.
func needServer(t *testing.T) context.Context {
	t.Helper()
	if server.client == nil {
		t.Skip(server.reason)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// repository returns the root of this repository: tests run in their own
// folder.
func repository() string {
	folder, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return filepath.Join(folder, "..", "..")
}
