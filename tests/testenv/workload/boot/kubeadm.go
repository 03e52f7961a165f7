package boot

import (
	"errors"
	"fmt"
	"net"
	"path"
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// Kubeadm holds the data of a kubeadm machine beyond its node.
type Kubeadm struct {
	// Endpoint is host:port of the cluster's API, which joiners use.
	Endpoint string
	// BindPort is the port of the machine's own API server.
	BindPort int

	// For the machine that makes the cluster.
	ClusterConfiguration string
	ClusterName          string
	KubernetesVersion    string
	CertSANs             []string

	// For joiners. Token is "id.secret"; CAHashes are "sha256:<hex>".
	Token        string
	CAHashes     []string
	UnsafeSkipCA bool
}

const (
	defaultAPIPort    = 6443
	kubernetesPKI     = "/etc/kubernetes/pki"
	controlPlaneTaint = "node-role.kubernetes.io/control-plane"
)

type nodeRegistration struct {
	Name             string          `json:"name"`
	Taints           *[]corev1.Taint `json:"taints"`
	KubeletExtraArgs any             `json:"kubeletExtraArgs"`
}

type localEndpoint struct {
	BindPort int `json:"bindPort"`
}

type patches struct {
	Directory string `json:"directory"`
}

// kubeadmDocument is the union of the documents that kubeadm reads, with the
// fields that matter here.
type kubeadmDocument struct {
	Kind string `json:"kind"`

	NodeRegistration nodeRegistration `json:"nodeRegistration"`
	LocalAPIEndpoint localEndpoint    `json:"localAPIEndpoint"`
	Patches          patches          `json:"patches"`

	ControlPlaneEndpoint string `json:"controlPlaneEndpoint"`
	ClusterName          string `json:"clusterName"`
	KubernetesVersion    string `json:"kubernetesVersion"`
	APIServer            struct {
		ExtraArgs any      `json:"extraArgs"`
		CertSANs  []string `json:"certSANs"`
	} `json:"apiServer"`
	Etcd struct {
		External *struct{} `json:"external"`
	} `json:"etcd"`

	ControlPlane *struct {
		LocalAPIEndpoint localEndpoint `json:"localAPIEndpoint"`
	} `json:"controlPlane"`
	Discovery struct {
		BootstrapToken struct {
			APIServerEndpoint        string   `json:"apiServerEndpoint"`
			Token                    string   `json:"token"`
			CACertHashes             []string `json:"caCertHashes"`
			UnsafeSkipCAVerification bool     `json:"unsafeSkipCAVerification"`
		} `json:"bootstrapToken"`
	} `json:"discovery"`

	raw string
}

// kubeadmPlan returns the plan of the first `kubeadm init` or `kubeadm join`.
func kubeadmPlan(config *cloudConfig, steps []pipeline, guest Guest) (*Plan, []error) {
	at, call := findKubeadm(steps)
	if at < 0 {
		return nil, []error{errors.New("neither kubeadm nor RKE2 is started by runcmd")}
	}
	problems := hostProblems(config, steps[:at], guest)
	documents, err := kubeadmDocuments(config, call)
	if err != nil {
		return nil, append(problems, err)
	}
	reader := kubeadmReader{config: config, documents: documents, guest: guest}
	plan, err := reader.plan(call.words[1])
	if err != nil {
		return nil, append(problems, err)
	}
	plan.Version = guest.kubeadmVersion(steps)
	return plan, append(problems, reader.problems(steps)...)
}

func findKubeadm(steps []pipeline) (int, command) {
	for i, line := range steps {
		for _, c := range line {
			if c.name() == "kubeadm" && len(c.words) > 1 && (c.words[1] == "init" || c.words[1] == "join") {
				return i, c
			}
		}
	}
	return -1, command{}
}

// kubeadmDocuments reads the file behind --config.
func kubeadmDocuments(config *cloudConfig, call command) ([]kubeadmDocument, error) {
	name := flagValue(call, "--config")
	if name == "" {
		return nil, fmt.Errorf("kubeadm %s is called without --config", call.words[1])
	}
	content, ok := config.files[name]
	if !ok {
		return nil, fmt.Errorf("the file %s that kubeadm reads is not written", name)
	}
	var documents []kubeadmDocument
	for _, part := range splitDocuments(string(content)) {
		document := kubeadmDocument{raw: part}
		if err := yaml.Unmarshal([]byte(part), &document); err != nil {
			return nil, fmt.Errorf("kubeadm can't read %s: %w", name, err)
		}
		documents = append(documents, document)
	}
	return documents, nil
}

var documentMark = regexp.MustCompile(`(?m)^---\s*$`)

func splitDocuments(text string) []string {
	var parts []string
	for _, part := range documentMark.Split(text, -1) {
		if strings.TrimSpace(part) != "" {
			parts = append(parts, strings.Trim(part, "\n")+"\n")
		}
	}
	return parts
}

// flagValue reads "--name value" and "--name=value".
func flagValue(c command, name string) string {
	for i, word := range c.words {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
		if word == name && i+1 < len(c.words) {
			return c.words[i+1]
		}
	}
	return ""
}

type kubeadmReader struct {
	config    *cloudConfig
	documents []kubeadmDocument
	guest     Guest
}

func (r kubeadmReader) find(kind string) *kubeadmDocument {
	for i := range r.documents {
		if r.documents[i].Kind == kind {
			return &r.documents[i]
		}
	}
	return nil
}

func (r kubeadmReader) plan(verb string) (*Plan, error) {
	if verb == "init" {
		return r.initPlan()
	}
	return r.joinPlan()
}

func (r kubeadmReader) initPlan() (*Plan, error) {
	cluster := r.find("ClusterConfiguration")
	if cluster == nil {
		return nil, errors.New("kubeadm init has no ClusterConfiguration")
	}
	if _, _, err := net.SplitHostPort(cluster.ControlPlaneEndpoint); err != nil {
		return nil, fmt.Errorf("controlPlaneEndpoint %q is not host:port", cluster.ControlPlaneEndpoint)
	}
	init := r.find("InitConfiguration")
	if init == nil {
		init = &kubeadmDocument{}
	}
	plan := &Plan{Role: Init, Kubeadm: &Kubeadm{
		Endpoint:             cluster.ControlPlaneEndpoint,
		BindPort:             portOf(init.LocalAPIEndpoint),
		ClusterConfiguration: cluster.raw,
		ClusterName:          cluster.ClusterName,
		KubernetesVersion:    cluster.KubernetesVersion,
		CertSANs:             cluster.APIServer.CertSANs,
	}}
	if err := r.register(plan, init.NodeRegistration); err != nil {
		return nil, err
	}
	return plan, r.takeCAs(plan, cluster.Etcd.External != nil)
}

func (r kubeadmReader) joinPlan() (*Plan, error) {
	join := r.find("JoinConfiguration")
	if join == nil {
		return nil, errors.New("kubeadm join has no JoinConfiguration")
	}
	discovery := join.Discovery.BootstrapToken
	if _, _, err := net.SplitHostPort(discovery.APIServerEndpoint); err != nil {
		return nil, fmt.Errorf("apiServerEndpoint %q is not host:port", discovery.APIServerEndpoint)
	}
	if !tokenPattern.MatchString(discovery.Token) {
		return nil, errors.New("the bootstrap token is not of the form id.secret")
	}
	plan := &Plan{Role: Worker, Kubeadm: &Kubeadm{
		Endpoint:     discovery.APIServerEndpoint,
		Token:        discovery.Token,
		CAHashes:     discovery.CACertHashes,
		UnsafeSkipCA: discovery.UnsafeSkipCAVerification,
	}}
	if join.ControlPlane == nil {
		return plan, r.register(plan, join.NodeRegistration)
	}
	plan.Role = Join
	plan.Kubeadm.BindPort = portOf(join.ControlPlane.LocalAPIEndpoint)
	if err := r.register(plan, join.NodeRegistration); err != nil {
		return nil, err
	}
	return plan, r.takeCAs(plan, false)
}

var tokenPattern = regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)

func portOf(endpoint localEndpoint) int {
	if endpoint.BindPort != 0 {
		return endpoint.BindPort
	}
	return defaultAPIPort
}

// register sets the node's registration: kubeadm's defaults, then the kubelet's
// arguments.
func (r kubeadmReader) register(plan *Plan, given nodeRegistration) error {
	node := &plan.Node
	node.Name = strings.ToLower(r.guest.Hostname)
	if given.Name != "" {
		node.Name = given.Name
	}
	if plan.Role != Worker {
		node.addLabels(map[string]string{
			controlPlaneTaint: "",
			"node.kubernetes.io/exclude-from-external-load-balancers": "",
		})
		node.Taints = []corev1.Taint{{Key: controlPlaneTaint, Effect: corev1.TaintEffectNoSchedule}}
	}
	if given.Taints != nil {
		node.Taints = *given.Taints
	}
	if err := node.apply(argumentsFrom(given.KubeletExtraArgs)); err != nil {
		return err
	}
	return node.check()
}

// takeCAs returns an error unless the files contain the cluster's own CAs:
// kubeadm would make others, which no other machine has.
func (r kubeadmReader) takeCAs(plan *Plan, externalEtcd bool) error {
	plan.ClusterCA = r.keyPair(path.Join(kubernetesPKI, "ca"))
	if plan.ClusterCA.Empty() {
		return errors.New("the cluster's CA is not among the files")
	}
	plan.EtcdCA = r.keyPair(path.Join(kubernetesPKI, "etcd/ca"))
	if plan.EtcdCA.Empty() && !externalEtcd {
		return errors.New("the CA of etcd is not among the files")
	}
	return nil
}

func (r kubeadmReader) keyPair(base string) KeyPair {
	return KeyPair{Cert: r.config.files[base+".crt"], Key: r.config.files[base+".key"]}
}

// Address joins host and port.
func Address(host string, port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}
