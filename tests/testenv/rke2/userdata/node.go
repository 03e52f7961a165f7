// Package userdata writes the cloud-config that makes a machine a node of an
// RKE2 cluster, in the format of the RKE2 bootstrap provider. It does not call
// the Kubernetes API: Node has all input.
package userdata

import (
	"errors"
	"fmt"
	"sort"

	"sigs.k8s.io/yaml"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
)

// Role is the role of a machine.
type Role int

// The roles: the server that starts a cluster, one that joins it, and a worker.
const (
	InitServer Role = iota
	JoiningServer
	Agent
)

// JoinPort is the port of a server that other nodes join at.
const JoinPort = 9345

// The paths on the node.
const (
	configPath              = "/etc/rancher/rke2/config.yaml"
	registriesPath          = "/etc/rancher/rke2/registries.yaml"
	cloudProviderConfigPath = "/etc/rancher/rke2/cloud-provider-config"
	auditPolicyPath         = "/etc/rancher/rke2/audit-policy.yaml"
	resolvConfPath          = "/etc/rancher/rke2/resolv.conf"
	tlsDir                  = "/var/lib/rancher/rke2/server/tls/"
	manifestsDir            = "/var/lib/rancher/rke2/server/manifests/"
)

// Authorities are the four certificate authorities of the first server.
type Authorities struct {
	Server, Client, EtcdPeer, EtcdServer trust.KeyPair
}

// Node describes a machine that becomes a node.
type Node struct {
	Role    Role
	Version string
	Spec    bootstrapv1.RKE2ConfigSpec
	Token   string

	// ServerHost is the host of the server that a node joins.
	ServerHost string

	// Server, EndpointHost, PodBlocks and ServiceBlocks are for servers.
	Server        controlplanev1.RKE2ServerConfig
	EndpointHost  string
	PodBlocks     []string
	ServiceBlocks []string

	// Authorities are for the first server.
	Authorities Authorities

	// Manifests are files that servers apply, by name.
	Manifests map[string]string

	CloudProviderName   string
	CloudProviderConfig string
	AuditPolicy         string
	ResolvConf          string

	// Files are the user's, with their content.
	Files []bootstrapv1.File
}

// file is one entry of write_files.
type file struct {
	Path        string `json:"path"`
	Owner       string `json:"owner,omitempty"`
	Permissions string `json:"permissions,omitempty"`
	Encoding    string `json:"encoding,omitempty"`
	Content     string `json:"content"`
}

// rootFile is owned by root and readable by it alone, or with its group.
func rootFile(path, permissions, content string) file {
	return file{Path: path, Owner: "root:root", Permissions: permissions, Content: content}
}

// Validate returns an error if a field for joining is missing, or if the node
// needs something that this package does not write.
func (n Node) Validate() error {
	if n.Version == "" {
		return errors.New("the Machine has no version")
	}
	if n.Token == "" {
		return errors.New("no token")
	}
	if n.Role != InitServer && n.ServerHost == "" {
		return errors.New("no server to join")
	}
	return n.unsupported()
}

func (n Node) unsupported() error {
	asked := map[string]bool{
		"agentConfig.format ignition":                  n.Spec.AgentConfig.Format == bootstrapv1.Ignition,
		"agentConfig.cisProfile":                       n.Spec.AgentConfig.CISProfile != "",
		"agentConfig.imageCredentialProviderConfigMap": n.Spec.AgentConfig.ImageCredentialProviderConfigMap != nil,
		"privateRegistriesConfig.configs":              len(n.Spec.PrivateRegistriesConfig.Configs) > 0,
		"serverConfig.etcd.backupConfig.s3":            n.Server.Etcd.BackupConfig.S3 != nil,
		"serverConfig.secretsEncryption":               n.Server.SecretsEncryptionProvider != nil,
		"serverConfig.externalDatastoreSecret":         n.Server.ExternalDatastoreSecret != nil,
	}
	fields := make([]string, 0, len(asked))
	for field, set := range asked {
		if set {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	sort.Strings(fields)
	return fmt.Errorf("the fake provider does not write %v", fields)
}

// files returns the entries of write_files in order; config.yaml is the last.
func (n Node) files() ([]file, error) {
	var files []file
	if n.Role == InitServer {
		files = append(files, n.Authorities.files()...)
	}
	if n.Role != Agent {
		files = append(files, n.manifests()...)
	}
	optional := []file{
		rootFile(cloudProviderConfigPath, "0640", n.CloudProviderConfig),
		rootFile(auditPolicyPath, "0640", n.AuditPolicy),
		rootFile(resolvConfPath, "0640", n.ResolvConf),
	}
	for _, f := range optional {
		if f.Content != "" {
			files = append(files, f)
		}
	}
	for _, f := range n.Files {
		files = append(files, file{
			Path: f.Path, Owner: f.Owner, Permissions: f.Permissions,
			Encoding: string(f.Encoding), Content: f.Content,
		})
	}
	registries, err := yaml.Marshal(n.Spec.PrivateRegistriesConfig)
	if err != nil {
		return nil, fmt.Errorf("write registries.yaml: %w", err)
	}
	config, err := yaml.Marshal(n.configYAML())
	if err != nil {
		return nil, fmt.Errorf("write config.yaml: %w", err)
	}
	return append(files,
		rootFile(registriesPath, "0640", string(registries)),
		rootFile(configPath, "0640", string(config))), nil
}

func (a Authorities) files() []file {
	pairs := []struct {
		name string
		pair trust.KeyPair
	}{
		{"server-ca", a.Server},
		{"client-ca", a.Client},
		{"etcd/peer-ca", a.EtcdPeer},
		{"etcd/server-ca", a.EtcdServer},
	}
	files := make([]file, 0, 2*len(pairs))
	for _, p := range pairs {
		files = append(files,
			rootFile(tlsDir+p.name+".crt", "0640", string(p.pair.Cert)),
			rootFile(tlsDir+p.name+".key", "0600", string(p.pair.Key)))
	}
	return files
}

func (n Node) manifests() []file {
	names := make([]string, 0, len(n.Manifests))
	for name := range n.Manifests {
		names = append(names, name)
	}
	sort.Strings(names)
	files := make([]file, 0, len(names))
	for _, name := range names {
		files = append(files, rootFile(manifestsDir+name, "0640", n.Manifests[name]))
	}
	return files
}
