package boot

import (
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Guest is what the platform tells the machine about itself.
type Guest struct {
	// Hostname becomes the node's name unless the configuration has another.
	Hostname   string
	InstanceID string
	Zone       string
	Region     string
	// SSHKeys were set on the machine. With user data the platform does not
	// install them: the user data has to (traps.md A13).
	SSHKeys []string
}

// Role is what a node does in its cluster.
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

// Empty says that the pair, or half of it, is missing.
func (p KeyPair) Empty() bool { return len(p.Cert) == 0 || len(p.Key) == 0 }

// Registration is how the kubelet would register its node.
type Registration struct {
	Name   string
	Labels map[string]string
	Taints []corev1.Taint
	// ProviderID is the kubelet argument, empty in most clusters.
	ProviderID string
	// External says that an external cloud provider will initialise the node.
	External bool
}

// Plan is what the machine would do. One of Kubeadm and RKE2 is set.
type Plan struct {
	Role Role
	Node Registration
	// Version is that of the installed kubelet: whole ("v1.36.3"), its minor
	// part ("v1.36") or empty where the user data does not tell.
	Version string
	// ClusterCA signs the API server's certificate, EtcdCA the members'.
	ClusterCA, EtcdCA KeyPair
	Kubeadm           *Kubeadm
	RKE2              *RKE2
}

// Kind is a short description, such as "kubeadm init".
func (p *Plan) Kind() string {
	if p.RKE2 != nil {
		return "rke2 " + string(p.Role)
	}
	return "kubeadm " + string(p.Role)
}

// Decide reads the user data of a machine. The error says in words why it
// could not have booted as a node.
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
