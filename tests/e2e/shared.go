package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// Shared is the API server that all fixtures of a test program share.
type Shared struct {
	// Config is an administrator's configuration.
	Config *rest.Config
	// Client has an administrator's rights, no rate limit and no cache.
	Client    client.WithWatch
	dir       string
	etcd      string
	shimToken string
	stop      func(context.Context) error
}

var (
	sharedOnce  sync.Once
	shared      *Shared
	errShared   error
	sharedMutex sync.Mutex
)

// SharedAPI returns the API server, which the first test that calls it starts.
// If programs are not built, the test is skipped, or fails in the gate.
func SharedAPI(t testing.TB) *Shared {
	t.Helper()
	binaries.ForTest(t)
	if err := CheckPrograms(); err != nil {
		binaries.SkipOrFail(t, err)
	}
	sharedOnce.Do(func() {
		sharedMutex.Lock()
		defer sharedMutex.Unlock()
		shared, errShared = startShared(context.Background())
	})
	if errShared != nil {
		t.Fatal(errShared)
	}
	return shared
}

// Main runs a package's tests and then stops the shared API server.
func Main(m *testing.M) int {
	code := m.Run()
	sharedMutex.Lock()
	defer sharedMutex.Unlock()
	if shared == nil {
		return code
	}
	if err := shared.stop(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// Scheme returns a scheme with the kinds of Kubernetes and core. Ours are
// unstructured.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, clusterv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			// That happens only if a kind is registered twice.
			panic(err)
		}
	}
	return scheme
}

// NewClient returns a client without cache and rate limit.
func NewClient(config *rest.Config) (client.WithWatch, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	return client.NewWithWatch(config, client.Options{Scheme: Scheme()})
}
