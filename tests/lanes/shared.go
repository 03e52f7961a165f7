package lanes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/stand/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/stand/pki"
)

// Shared is the API server that all worlds of a test program share.
type Shared struct {
	// Config is that of an administrator.
	Config *rest.Config
	// Client is an administrator's, without limits and without a cache.
	Client client.WithWatch
	// ProxyPair is what fault proxies show, signed by ProxyCA.
	ProxyPair pki.Pair
	ProxyCA   []byte

	dir       string
	shimToken string
	stop      func(context.Context) error
}

var (
	sharedOnce  sync.Once
	shared      *Shared
	errShared   error
	sharedMutex sync.Mutex
)

// SharedAPI starts the API server for the first test that asks, and skips, or
// in the gate fails, those that ask where something is not built.
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

// Main runs a package's tests and stops what they shared.
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

// Scheme knows Kubernetes' and core's kinds; ours are unstructured.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, clusterv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			// Only a kind that is registered twice does that.
			panic(err)
		}
	}
	return scheme
}

// NewClient is an uncached client without limits.
func NewClient(config *rest.Config) (client.WithWatch, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	return client.NewWithWatch(config, client.Options{Scheme: Scheme()})
}

// newProxyPair makes what fault proxies show.
func newProxyPair() (pki.Pair, []byte, error) {
	authority, err := pki.NewAuthority("fault-proxy")
	if err != nil {
		return pki.Pair{}, nil, err
	}
	pair, err := authority.Issue(pki.Subject{
		CommonName: "fault-proxy", Hosts: []string{"127.0.0.1"},
	})
	return pair, authority.Certificate, err
}

// ShimKubeconfig writes one for the shim's service account that leads to a
// fault proxy.
func (s *Shared) ShimKubeconfig(dir, url string) (string, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{
		Server: url, CertificateAuthorityData: s.ProxyCA,
	}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: s.shimToken}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	path := filepath.Join(dir, "shim.kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

// tokenOf reads the token out of a kubeconfig.
func tokenOf(kubeconfig string) (string, error) {
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		return "", err
	}
	for _, user := range config.AuthInfos {
		if user.Token != "" {
			return strings.TrimSpace(user.Token), nil
		}
	}
	return "", fmt.Errorf("%s holds no token", kubeconfig)
}
