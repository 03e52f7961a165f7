package sample

import (
	"cmp"
	"fmt"
	"strings"

	"sigs.k8s.io/cluster-api/util/secret"
	"sigs.k8s.io/yaml"
)

// RKE2 is a cluster whose machines get user data in the format of the RKE2
// bootstrap provider.
type RKE2 struct {
	// EndpointHost is the host of the endpoint, without a port.
	EndpointHost string
	// ServerHost is the host that nodes join at; the endpoint if empty.
	ServerHost string
	Version    string
	Token      string
	// Settings are further entries of config.yaml.
	Settings map[string]any

	certificates secret.Certificates
}

// NewRKE2 makes a cluster with CAs of its own.
func NewRKE2(endpointHost string) (*RKE2, error) {
	cluster := &RKE2{
		EndpointHost: endpointHost,
		Version:      "v1.34.2+rke2r1",
		Token:        strings.Repeat("0123456789abcdef", 2),
		Settings:     map[string]any{"disable-cloud-controller": true, "cloud-provider-name": "external", "cni": []string{"cilium"}},
		certificates: secret.NewCertificatesForInitialControlPlane(nil),
	}
	return cluster, cluster.certificates.Generate()
}

// CA returns the cluster's CA.
func (r *RKE2) CA() []byte {
	return r.certificates.GetByPurpose(secret.ClusterCA).KeyPair.Cert
}

type writeFile struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Init returns the user data of the machine that makes the cluster.
func (r *RKE2) Init() ([]byte, error) {
	var files []writeFile
	for name, purpose := range map[string]secret.Purpose{
		"server-ca": secret.ClusterCA, "client-ca": secret.FrontProxyCA,
		"etcd/server-ca": secret.EtcdCA, "etcd/peer-ca": secret.EtcdCA,
	} {
		pair := r.certificates.GetByPurpose(purpose).KeyPair
		base := "/var/lib/rancher/rke2/server/tls/" + name
		files = append(files, writeFile{base + ".crt", string(pair.Cert)}, writeFile{base + ".key", string(pair.Key)})
	}
	return r.document("server", files, map[string]any{"tls-san": []string{r.EndpointHost}})
}

// JoinServer returns the user data of a further server.
func (r *RKE2) JoinServer() ([]byte, error) {
	return r.document("server", nil, map[string]any{
		"tls-san": []string{r.EndpointHost}, "server": r.server(),
	})
}

// JoinAgent returns the user data of a worker.
func (r *RKE2) JoinAgent() ([]byte, error) {
	return r.document("agent", nil, map[string]any{"server": r.server()})
}

func (r *RKE2) server() string {
	return fmt.Sprintf("https://%s:9345", cmp.Or(r.ServerHost, r.EndpointHost))
}

func (r *RKE2) document(service string, files []writeFile, settings map[string]any) ([]byte, error) {
	settings["token"] = r.Token
	for name, value := range r.Settings {
		if service == "server" || name == "cloud-provider-name" || strings.HasPrefix(name, "node-") {
			settings[name] = value
		}
	}
	config, err := yaml.Marshal(settings)
	if err != nil {
		return nil, err
	}
	install := fmt.Sprintf("curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=%s sh -s - server", r.Version)
	if service == "agent" {
		install = fmt.Sprintf("curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=%s INSTALL_RKE2_TYPE=agent sh -s -", r.Version)
	}
	body, err := yaml.Marshal(map[string]any{
		"write_files": append(files, writeFile{"/etc/rancher/rke2/config.yaml", string(config)}),
		"runcmd": []string{
			install,
			fmt.Sprintf("systemctl enable rke2-%s.service", service),
			fmt.Sprintf("systemctl start rke2-%s.service", service),
			"mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete",
		},
	})
	return append([]byte("## template: jinja\n#cloud-config\n\n"), body...), err
}
