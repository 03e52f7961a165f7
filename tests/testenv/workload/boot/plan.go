package boot

import (
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Guest is the data that the platform provides to the machine.
type Guest struct {
	// Hostname is the node's name unless the configuration sets another.
	Hostname   string
	InstanceID string
	Zone       string
	Region     string
	// Kubernetes is the version of what the image has in it, empty if nothing:
	// v1.36.3 is kubeadm, kubelet and containerd, v1.36.3+rke2r1 is RKE2's
	// installer with its artifacts.
	Kubernetes string
	// SSHKeys are the keys of the machine. If there is user data, the platform
	// does not install them, and the user data must (traps.md A13).
	SSHKeys []string
}

// Role is the role of a node in its cluster.
type Role string

// The roles. Init is the control-plane node that makes the cluster.
const (
	Init   Role = "init"
	Join   Role = "control-plane"
	Worker Role = "worker"
)

// KeyPair is a certificate with its key, both PEM.
type KeyPair struct {
	Cert, Key []byte
}

// Empty reports whether the pair or half of it is missing.
func (p KeyPair) Empty() bool { return len(p.Cert) == 0 || len(p.Key) == 0 }

// Registration is the kubelet's registration of its node.
type Registration struct {
	Name   string
	Labels map[string]string
	Taints []corev1.Taint
	// ProviderID is the kubelet argument, empty in most clusters.
	ProviderID string
	// External is whether an external cloud provider initializes the node.
	External bool
}

// Plan is what the machine would do. Either Kubeadm or RKE2 is set.
type Plan struct {
	Role Role
	Node Registration
	// Version is the version of the installed kubelet: complete ("v1.36.3"),
	// minor ("v1.36"), or empty if the user data does not contain it.
	Version string
	// ClusterCA signs the API server's certificate, EtcdCA the members'.
	ClusterCA, EtcdCA KeyPair
	Kubeadm           *Kubeadm
	RKE2              *RKE2
}

// Kind returns a short description, such as "kubeadm init".
func (p *Plan) Kind() string {
	if p.RKE2 != nil {
		return "rke2 " + string(p.Role)
	}
	return "kubeadm " + string(p.Role)
}

// Decide reads the user data of a machine. The error says why the machine could
// not boot as a node.
func Decide(userData []byte, guest Guest) (*Plan, error) {
	config, err := parseCloudConfig(userData, guest)
	if err != nil {
		return nil, err
	}
	steps := config.steps()
	plan, problems := planOf(config, steps, guest)
	problems = append(problems, userProblems(config, guest)...)
	if len(problems) > 0 {
		return nil, joined(problems)
	}
	return plan, nil
}

func planOf(config *cloudConfig, steps []pipeline, guest Guest) (*Plan, []error) {
	if isRKE2(config, steps) {
		return rke2Plan(config, steps, guest)
	}
	return kubeadmPlan(config, steps, guest)
}

func joined(problems []error) error {
	texts := make([]string, 0, len(problems))
	for _, problem := range problems {
		texts = append(texts, problem.Error())
	}
	return errors.New(strings.Join(texts, "; "))
}
