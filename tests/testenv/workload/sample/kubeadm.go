// Package sample writes user data in the format of the bootstrap providers, for
// tests.
package sample

import (
	"fmt"

	"github.com/blang/semver/v4"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/cloudinit"
	kubeadmtypes "sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/types"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/types/upstream"
	"sigs.k8s.io/cluster-api/util/secret"
)

// Kubeadm is a cluster whose machines get their user data from the kubeadm
// bootstrap provider's own renderer.
type Kubeadm struct {
	Endpoint string
	Name     string
	Version  string
	Token    string
	// Commands run before kubeadm. InstallCommands returns valid ones.
	Commands []string
	Files    []bootstrapv1.File
	Users    []bootstrapv1.User
	// KubeletArgs are the kubelet's arguments on every node.
	KubeletArgs map[string]string
	// Registration is used instead of KubeletArgs if it is set.
	Registration *bootstrapv1.NodeRegistrationOptions
	// AdvertiseAddress of the first machine, usually empty.
	AdvertiseAddress string
	APIServerArgs    []bootstrapv1.Arg
	PatchesDirectory string
	CertSANs         []string

	certificates secret.Certificates
}

// NewKubeadm makes a cluster with CAs of its own.
func NewKubeadm(endpoint string) (*Kubeadm, error) {
	cluster := &Kubeadm{
		Endpoint:     endpoint,
		Name:         "sample",
		Version:      "v1.36.3",
		Token:        "abcdef.0123456789abcdef",
		KubeletArgs:  map[string]string{"cloud-provider": "external"},
		certificates: secret.NewCertificatesForInitialControlPlane(nil),
	}
	cluster.Commands = InstallCommands(cluster.Version)
	return cluster, cluster.certificates.Generate()
}

// InstallCommands returns the commands that prepare a plain Ubuntu for kubeadm.
func InstallCommands(version string) []string {
	return []string{
		"echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/k8s.conf",
		"sysctl --system",
		"apt-get update && apt-get install -y containerd",
		"mkdir -p /etc/containerd && containerd config default > /etc/containerd/config.toml",
		"sed -i 's/SystemdCgroup = false/SystemdCgroup = true/' /etc/containerd/config.toml",
		"systemctl restart containerd",
		fmt.Sprintf("K=%s; apt-get install -y kubelet=${K#v}-1.1 kubeadm=${K#v}-1.1", version),
	}
}

// CA returns the cluster's CA.
func (k *Kubeadm) CA() []byte {
	return k.certificates.GetByPurpose(secret.ClusterCA).KeyPair.Cert
}

func (k *Kubeadm) registration() bootstrapv1.NodeRegistrationOptions {
	if k.Registration != nil {
		return *k.Registration
	}
	options := bootstrapv1.NodeRegistrationOptions{Name: "{{ ds.meta_data.local_hostname }}"}
	for name, value := range k.KubeletArgs {
		options.KubeletExtraArgs = append(options.KubeletExtraArgs, bootstrapv1.Arg{Name: name, Value: &value})
	}
	return options
}

func (k *Kubeadm) base() cloudinit.BaseUserData {
	return cloudinit.BaseUserData{
		PreKubeadmCommands: k.Commands, AdditionalFiles: k.Files, Users: k.Users, KubernetesVersion: k.parsed(),
	}
}

func (k *Kubeadm) parsed() semver.Version {
	version, err := semver.ParseTolerant(k.Version)
	if err != nil {
		return semver.Version{}
	}
	return version
}

// Init returns the user data of the machine that makes the cluster.
func (k *Kubeadm) Init() ([]byte, error) {
	cluster, err := kubeadmtypes.MarshalClusterConfigurationForVersion(&bootstrapv1.ClusterConfiguration{
		ControlPlaneEndpoint: k.Endpoint,
		APIServer:            bootstrapv1.APIServer{CertSANs: k.CertSANs, ExtraArgs: k.APIServerArgs},
	}, k.parsed(), &upstream.AdditionalData{KubernetesVersion: &k.Version, ClusterName: &k.Name})
	if err != nil {
		return nil, err
	}
	init, err := kubeadmtypes.MarshalInitConfigurationForVersion(&bootstrapv1.InitConfiguration{
		NodeRegistration: k.registration(),
		LocalAPIEndpoint: bootstrapv1.APIEndpoint{AdvertiseAddress: k.AdvertiseAddress},
		Patches:          bootstrapv1.Patches{Directory: k.PatchesDirectory},
	}, k.parsed())
	if err != nil {
		return nil, err
	}
	return cloudinit.NewInitControlPlane(&cloudinit.ControlPlaneInput{
		BaseUserData: k.base(), Certificates: k.certificates,
		ClusterConfiguration: cluster, InitConfiguration: init,
	})
}

func (k *Kubeadm) join(controlPlane *bootstrapv1.JoinControlPlane) (string, error) {
	hashes, err := k.certificates.GetByPurpose(secret.ClusterCA).Hashes()
	if err != nil {
		return "", err
	}
	return kubeadmtypes.MarshalJoinConfigurationForVersion(&bootstrapv1.JoinConfiguration{
		NodeRegistration: k.registration(),
		ControlPlane:     controlPlane,
		Discovery: bootstrapv1.Discovery{BootstrapToken: bootstrapv1.BootstrapTokenDiscovery{
			Token: k.Token, APIServerEndpoint: k.Endpoint, CACertHashes: hashes,
		}},
	}, k.parsed())
}

// JoinControlPlane returns the user data of a further control-plane machine.
func (k *Kubeadm) JoinControlPlane() ([]byte, error) {
	join, err := k.join(&bootstrapv1.JoinControlPlane{})
	if err != nil {
		return nil, err
	}
	return cloudinit.NewJoinControlPlane(&cloudinit.ControlPlaneJoinInput{
		BaseUserData: k.base(), Certificates: k.certificates, JoinConfiguration: join,
	})
}

// JoinWorker returns the user data of a worker.
func (k *Kubeadm) JoinWorker() ([]byte, error) {
	join, err := k.join(nil)
	if err != nil {
		return nil, err
	}
	return cloudinit.NewNode(&cloudinit.NodeInput{BaseUserData: k.base(), JoinConfiguration: join})
}
