package management

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/pki"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/ports"
)

// files are the paths that the programs get as flags.
type files struct {
	logs, data, etcd, kubeconfigs                string
	authority                                    string
	serverCertificate, serverKey                 string
	webhooks                                     string
	accountKey, accountPublicKey                 string
	controllerManagerKubeconfig, auditLog, audit string
}

// firstService is the address of the API inside a cluster.
const firstService = "10.0.0.1"

// writeFiles makes folders, certificates and kubeconfigs, and chooses ports.
func (m *Management) writeFiles(context.Context) error {
	found, err := ports.Free(1)
	if err != nil {
		return err
	}
	m.address = loopback(found[0])
	if err := m.makeFolders(); err != nil {
		return err
	}
	authority, err := pki.NewAuthority("evroc-testenv")
	if err != nil {
		return err
	}
	return errors.Join(
		m.writeServerFiles(authority), m.writeAccountKey(),
		m.writeAdmin(authority), m.writeControllerManager(authority),
		m.writeAuditPolicy())
}

func (m *Management) makeFolders() error {
	logs, err1 := m.mkdir("logs")
	data, err2 := m.mkdir("etcd")
	kubeconfigs, err3 := m.mkdir("kubeconfigs")
	webhooks, err4 := m.mkdir("webhooks")
	_, err5 := m.mkdir("pki")
	m.files = files{logs: logs, data: data, kubeconfigs: kubeconfigs,
		webhooks: webhooks, auditLog: filepath.Join(logs, "audit.jsonl"),
		audit: filepath.Join(m.options.Dir, "audit-policy.yaml")}
	return errors.Join(err1, err2, err3, err4, err5)
}

// writeServerFiles makes one certificate for the API server and the managers'
// webhooks, which are called by their loopback address too.
func (m *Management) writeServerFiles(authority *pki.Authority) error {
	folder := filepath.Join(m.options.Dir, "pki")
	var err1, err2, err3 error
	m.files.authority, _, err1 = authority.Write(folder, "ca")
	server, err := authority.Issue(pki.Subject{
		CommonName: "kube-apiserver",
		Hosts:      []string{"127.0.0.1", "localhost", "kubernetes", firstService},
	})
	if err != nil {
		return err
	}
	m.files.serverCertificate, m.files.serverKey, err2 =
		server.Write(folder, "server")
	_, _, err3 = server.Write(m.files.webhooks, "tls")
	m.config = &rest.Config{Host: "https://" + m.address}
	m.config.CAData = authority.Certificate
	return errors.Join(err1, err2, err3)
}

func (m *Management) writeAccountKey() error {
	key, err := pki.NewSigningKey()
	if err != nil {
		return err
	}
	folder := filepath.Join(m.options.Dir, "pki")
	m.files.accountKey = filepath.Join(folder, "service-accounts.key")
	m.files.accountPublicKey = filepath.Join(folder, "service-accounts.pub")
	return errors.Join(
		os.WriteFile(m.files.accountKey, key.Private, 0o600),
		os.WriteFile(m.files.accountPublicKey, key.Public, 0o644))
}

// writeAdmin makes the administrator's kubeconfig and client settings.
func (m *Management) writeAdmin(authority *pki.Authority) error {
	pair, err := authority.Issue(pki.Subject{
		CommonName: "admin", Organizations: []string{"system:masters"}})
	if err != nil {
		return err
	}
	m.config.CertData, m.config.KeyData = pair.Certificate, pair.Key
	// The environment's own client must not be throttled.
	m.config.QPS = -1
	if err := m.newClients(); err != nil {
		return err
	}
	return m.writeKubeconfig(m.AdminKubeconfig(), "", api.AuthInfo{
		ClientCertificateData: pair.Certificate, ClientKeyData: pair.Key})
}

func (m *Management) writeControllerManager(authority *pki.Authority) error {
	pair, err := authority.Issue(
		pki.Subject{CommonName: "system:kube-controller-manager"})
	if err != nil {
		return err
	}
	path := filepath.Join(m.files.kubeconfigs, "kube-controller-manager")
	m.files.controllerManagerKubeconfig = path
	return m.writeKubeconfig(path, "", api.AuthInfo{
		ClientCertificateData: pair.Certificate, ClientKeyData: pair.Key})
}

// writeKubeconfig writes a kubeconfig for that user; namespace is the default
// namespace.
func (m *Management) writeKubeconfig(path, namespace string, user api.AuthInfo) error {
	const name = "evroc-testenv"
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{
		Server:                   "https://" + m.address,
		CertificateAuthorityData: m.config.CAData,
	}
	config.AuthInfos[name] = &user
	config.Contexts[name] = &api.Context{
		Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path)
}
