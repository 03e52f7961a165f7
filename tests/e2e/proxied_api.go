package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/management"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/pki"
)

// ProxiedAPI is a fault proxy in front of an API server, with a kubeconfig for
// a shim that uses it.
type ProxiedAPI struct {
	Proxy *faultproxy.Proxy
	// Kubeconfig is the path of the shim's kubeconfig.
	Kubeconfig string
}

// NewProxiedAPI starts a proxy in front of the API server of config and writes
// a kubeconfig with that token into dir.
func NewProxiedAPI(config *rest.Config, token, dir string, log io.Writer) (*ProxiedAPI,
	error) {
	authority, err := pki.NewAuthority("fault-proxy-ca")
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue(pki.Subject{
		CommonName: "127.0.0.1", Hosts: []string{"127.0.0.1"},
	})
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(config.CAData)
	proxy, err := faultproxy.Start(faultproxy.Options{
		Target: config.Host, Certificate: &certificate, TargetCAs: roots,
		Log: log,
	})
	if err != nil {
		return nil, err
	}
	d := &ProxiedAPI{Proxy: proxy, Kubeconfig: filepath.Join(dir, "shim.kubeconfig")}
	return d, clientcmd.WriteToFile(
		kubeconfigOf(proxy.URL(), authority.Certificate, token), d.Kubeconfig)
}

func kubeconfigOf(url string, authority []byte,
	token string) clientcmdapi.Config {
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{
		Server: url, CertificateAuthorityData: authority,
	}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	return *config
}

// ShimToken returns a token of the account in deploy/rbac.
func ShimToken(ctx context.Context, m *management.Management) (string, error) {
	kubeconfig, err := m.ServiceAccountKubeconfig(ctx, testenv.ShimNamespace,
		testenv.ShimAccount)
	if err != nil {
		return "", err
	}
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
