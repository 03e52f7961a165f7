package e2e

import (
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// UserKubeconfig returns a file with the rights of that user, or, without a
// name, of an administrator.
func (f *Fixture) UserKubeconfig(user string) string {
	f.T.Helper()
	admin := f.shared.Config
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: admin.Host,
		CertificateAuthorityData: admin.CAData,
		CertificateAuthority:     admin.CAFile}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{
		ClientCertificateData: admin.CertData, ClientKeyData: admin.KeyData,
		ClientCertificate: admin.CertFile, ClientKey: admin.KeyFile,
		Token: admin.BearerToken, Impersonate: user}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	file := filepath.Join(f.T.TempDir(), "kubeconfig")
	f.Do(clientcmd.WriteToFile(*config, file))
	return file
}
