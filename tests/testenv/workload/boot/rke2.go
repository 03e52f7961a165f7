package boot

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// RKE2 holds the data of an RKE2 machine beyond its node.
type RKE2 struct {
	// Token is the cluster's shared secret.
	Token string
	// Server is the URL that joiners and agents register at; empty for the server
	// that makes the cluster.
	Server string
	// TLSNames are further names of the API server, including the endpoint.
	TLSNames []string
	// EndpointHost is the last of the TLS names.
	EndpointHost string
	// CloudControllerOff is whether RKE2's own cloud controller is disabled. It
	// is for servers only; agents follow their servers.
	CloudControllerOff bool
	// NoCNI is whether the cluster installs no network.
	NoCNI bool
	// Files are the server's CA files, by their names under tls/.
	Files map[string][]byte
}

// Ports of an RKE2 server.
const (
	RKE2APIPort        = 6443
	RKE2SupervisorPort = 9345
)

const (
	rke2ConfigFile = "/etc/rancher/rke2/config.yaml"
	rke2ConfigDir  = "/etc/rancher/rke2/config.yaml.d/"
	rke2TLS        = "/var/lib/rancher/rke2/server/tls"
)

// rke2Config holds the fields of RKE2's config.yaml that matter here.
type rke2Config struct {
	Server                 string `json:"server"`
	Token                  string `json:"token"`
	TLSSAN                 list   `json:"tls-san"`
	NodeName               string `json:"node-name"`
	NodeLabel              list   `json:"node-label"`
	NodeTaint              list   `json:"node-taint"`
	KubeletArg             list   `json:"kubelet-arg"`
	CNI                    list   `json:"cni"`
	CloudProviderName      string `json:"cloud-provider-name"`
	DisableCloudController bool   `json:"disable-cloud-controller"`
	AdvertiseAddress       string `json:"advertise-address"`
	BindAddress            string `json:"bind-address"`
}

// list is a YAML list, or one string with commas.
type list []string

// UnmarshalJSON accepts both forms.
func (l *list) UnmarshalJSON(data []byte) error {
	var items []any
	if err := yaml.Unmarshal(data, &items); err == nil {
		for _, item := range items {
			*l = append(*l, fmt.Sprint(item))
		}
		return nil
	}
	var text string
	if err := yaml.Unmarshal(data, &text); err != nil {
		return err
	}
	*l = strings.Split(text, ",")
	return nil
}

// isRKE2 reports whether the user data is meant for RKE2, complete or not.
func isRKE2(config *cloudConfig, steps []pipeline) bool {
	if _, ok := config.files[rke2ConfigFile]; ok {
		return true
	}
	return slices.ContainsFunc(steps, installsRKE2)
}

func installsRKE2(line pipeline) bool {
	return strings.Contains(line.text(), "get.rke2.io") || installsFromImage(line)
}

func installsFromImage(line pipeline) bool {
	return slices.ContainsFunc(line, func(c command) bool {
		return slices.ContainsFunc(c.words, func(word string) bool { return word == "/opt/install.sh" })
	})
}

// rke2Plan returns the plan of the installer and the service.
func rke2Plan(config *cloudConfig, steps []pipeline, guest Guest) (*Plan, []error) {
	service, problems := rke2Service(steps)
	settings, err := rke2Settings(config)
	if err != nil {
		return nil, append(problems, err)
	}
	problems = append(problems, settings.problems(service)...)
	plan := &Plan{Role: settings.role(service), Version: rke2Version(steps), RKE2: settings.asRKE2(config)}
	if slices.ContainsFunc(steps, installsFromImage) {
		plan.Version = guest.Kubernetes
		if !guest.hasRKE2() {
			problems = append(problems, errors.New("RKE2's installer and artifacts are not in the image"))
		}
	}
	if err := settings.register(plan, guest); err != nil {
		problems = append(problems, err)
	}
	if plan.Role == Init {
		problems = append(problems, takeRKE2CAs(plan)...)
	}
	return plan, problems
}

// rke2Service returns "server" or "agent", whichever is started after its
// installation.
func rke2Service(steps []pipeline) (string, []error) {
	installed := slices.IndexFunc(steps, installsRKE2)
	if installed < 0 {
		return "", []error{errors.New("RKE2's installer is not run")}
	}
	for _, service := range []string{"server", "agent"} {
		if !startsRKE2(steps[installed:], service) {
			continue
		}
		if kind := installedKind(steps[installed]); kind != service {
			return service, []error{fmt.Errorf("rke2-%s is started, but the %s is installed", service, kind)}
		}
		return service, nil
	}
	return "", []error{errors.New("neither rke2-server nor rke2-agent is started after the installation")}
}

func startsRKE2(steps []pipeline, service string) bool {
	for _, line := range steps {
		for _, c := range line {
			if verb := serviceVerb(c, "rke2-"+service); verb == "start" || verb == "restart" {
				return true
			}
		}
	}
	return false
}

// installedKind returns the installer's argument or INSTALL_RKE2_TYPE; the
// default is the server.
func installedKind(line pipeline) string {
	for _, c := range line {
		if kind := c.environment["INSTALL_RKE2_TYPE"]; kind != "" {
			return kind
		}
		if slices.Contains(c.arguments(), "agent") {
			return "agent"
		}
	}
	return "server"
}

var rke2VersionPattern = regexp.MustCompile(`INSTALL_RKE2_VERSION=["']?(v[0-9][^\s"']*)`)

func rke2Version(steps []pipeline) string {
	for _, line := range steps {
		if match := rke2VersionPattern.FindStringSubmatch(line.text()); match != nil {
			return match[1]
		}
	}
	return ""
}

// rke2Settings reads config.yaml and the files of config.yaml.d, in order.
func rke2Settings(config *cloudConfig) (*rke2Config, error) {
	if _, ok := config.files[rke2ConfigFile]; !ok {
		return nil, fmt.Errorf("RKE2's configuration %s is not written", rke2ConfigFile)
	}
	names := []string{rke2ConfigFile}
	for name := range config.files {
		if strings.HasPrefix(name, rke2ConfigDir) && path.Ext(name) == ".yaml" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	settings := &rke2Config{}
	for _, name := range names {
		if err := yaml.Unmarshal(config.files[name], settings); err != nil {
			return nil, fmt.Errorf("RKE2 can't read %s: %w", name, err)
		}
	}
	return settings, nil
}

func (s *rke2Config) role(service string) Role {
	switch {
	case service == "agent":
		return Worker
	case s.Server == "":
		return Init
	}
	return Join
}

func (s *rke2Config) problems(service string) []error {
	var problems []error
	if s.Token == "" {
		problems = append(problems, errors.New("RKE2's configuration has no token"))
	}
	if s.AdvertiseAddress == "0.0.0.0" || s.AdvertiseAddress == "::" {
		problems = append(problems, errors.New("the API server advertises "+s.AdvertiseAddress+", which no client can reach"))
	}
	if service == "agent" && s.Server == "" {
		problems = append(problems, errors.New("an RKE2 agent has no server to register at"))
	}
	if s.Server == "" {
		return problems
	}
	if address, err := url.Parse(s.Server); err != nil || address.Scheme != "https" || address.Port() == "" {
		problems = append(problems, fmt.Errorf("RKE2's server %q is not https://host:port", s.Server))
	}
	return problems
}

func (s *rke2Config) asRKE2(config *cloudConfig) *RKE2 {
	rke2 := &RKE2{
		Token:              s.Token,
		Server:             s.Server,
		TLSNames:           s.TLSSAN,
		CloudControllerOff: s.DisableCloudController,
		NoCNI:              slices.Contains(s.CNI, "none"),
		Files:              map[string][]byte{},
	}
	if len(s.TLSSAN) > 0 {
		rke2.EndpointHost = s.TLSSAN[len(s.TLSSAN)-1]
	}
	for name, content := range config.files {
		if inside, ok := strings.CutPrefix(name, rke2TLS+"/"); ok {
			rke2.Files[inside] = content
		}
	}
	return rke2
}

func (s *rke2Config) register(plan *Plan, guest Guest) error {
	node := &plan.Node
	node.Name = strings.ToLower(guest.Hostname)
	if s.NodeName != "" {
		node.Name = s.NodeName
	}
	if plan.Role != Worker {
		node.addLabels(map[string]string{
			"node-role.kubernetes.io/control-plane": "true",
			"node-role.kubernetes.io/etcd":          "true",
			"node-role.kubernetes.io/master":        "true",
		})
	}
	labels, err := parseLabels(s.NodeLabel)
	if err != nil {
		return err
	}
	node.addLabels(labels)
	if node.Taints, err = parseTaints(s.NodeTaint); err != nil {
		return err
	}
	if err := node.apply(argumentsFromList(s.KubeletArg)); err != nil {
		return err
	}
	if s.CloudProviderName == "external" {
		node.setExternal()
	}
	return node.check()
}

// takeRKE2CAs returns an error unless the cluster's CA signs the API server's
// certificate.
func takeRKE2CAs(plan *Plan) []error {
	pair := func(base string) KeyPair {
		return KeyPair{Cert: plan.RKE2.Files[base+".crt"], Key: plan.RKE2.Files[base+".key"]}
	}
	plan.ClusterCA, plan.EtcdCA = pair("server-ca"), pair("etcd/server-ca")
	var problems []error
	for _, base := range []string{"server-ca", "client-ca", "etcd/server-ca", "etcd/peer-ca"} {
		if pair(base).Empty() {
			problems = append(problems, fmt.Errorf("RKE2's %s is not among the files", base))
		}
	}
	if plan.RKE2.EndpointHost == "" {
		problems = append(problems, errors.New("RKE2's tls-san does not have the cluster's endpoint"))
	}
	return problems
}
