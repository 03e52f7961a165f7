package trust

import (
	"crypto/x509"
	"fmt"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/cluster-api/util/certs"
)

// rotateBefore is the time before its expiry at which a client certificate is
// replaced.
const rotateBefore = year / 2

// Kubeconfig makes an administrator's kubeconfig for the cluster at server.
// serverCA verifies the server, clientCA signs the client certificate.
func Kubeconfig(cluster, server string, serverCA []byte, clientCA KeyPair) ([]byte, error) {
	cert, signer, err := clientCA.parse()
	if err != nil {
		return nil, err
	}
	key, err := certs.NewPrivateKey()
	if err != nil {
		return nil, fmt.Errorf("make a client key: %w", err)
	}
	request := certs.Config{
		CommonName:   "kubernetes-admin",
		Organization: []string{"system:masters"},
		Usages:       []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	client, err := request.NewSignedCert(key, cert, signer)
	if err != nil {
		return nil, fmt.Errorf("sign a client certificate: %w", err)
	}
	user := cluster + "-admin"
	context := user + "@" + cluster
	config := clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			cluster: {Server: server, CertificateAuthorityData: serverCA},
		},
		Contexts: map[string]*clientcmdapi.Context{
			context: {Cluster: cluster, AuthInfo: user},
		},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{
			user: {
				ClientCertificateData: certs.EncodeCertPEM(client),
				ClientKeyData:         certs.EncodePrivateKeyPEM(key),
			},
		},
		CurrentContext: context,
	}
	return clientcmd.Write(config)
}

// NeedsRotation reports whether the kubeconfig's client certificate expires
// soon or can't be read.
func NeedsRotation(kubeconfig []byte, now time.Time) bool {
	config, err := clientcmd.Load(kubeconfig)
	if err != nil {
		return true
	}
	for _, user := range config.AuthInfos {
		cert, err := certs.DecodeCertPEM(user.ClientCertificateData)
		if err == nil && cert != nil && cert.NotAfter.Sub(now) > rotateBefore {
			return false
		}
	}
	return true
}
