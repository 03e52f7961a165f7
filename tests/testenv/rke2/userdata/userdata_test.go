package userdata

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
)

func someNode(role Role) Node {
	n := Node{
		Role: role, Version: "v1.34.2+rke2r1", Token: "secret", ServerHost: "203.0.113.10",
		EndpointHost: "203.0.113.10", PodBlocks: []string{"10.42.0.0/16", "fd00::/56"},
		CloudProviderName: "external",
	}
	n.Server.DisableComponents.KubernetesComponents = []controlplanev1.KubernetesComponent{
		controlplanev1.CloudController, controlplanev1.KubeProxy,
	}
	n.Spec.AgentConfig.AdditionalUserData.Config = "users:\n- name: evroc-user\nruncmd: [rm]\n"
	pair := trust.KeyPair{Cert: []byte("cert"), Key: []byte("key")}
	n.Authorities = Authorities{Server: pair, Client: pair, EtcdPeer: pair, EtcdServer: pair}
	return n
}

func render(t *testing.T, n Node) (string, map[string]any) {
	t.Helper()
	data, err := n.Render()
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatalf("not YAML: %v\n%s", err, data)
	}
	return string(data), document
}

// optionsIn returns config.yaml, which is the last file.
func optionsIn(t *testing.T, document map[string]any) map[string]any {
	t.Helper()
	files, _ := document["write_files"].([]any)
	last, _ := files[len(files)-1].(map[string]any)
	if last["path"] != "/etc/rancher/rke2/config.yaml" || last["permissions"] != "0640" {
		t.Fatalf("the last file is %v", last)
	}
	var options map[string]any
	if err := yaml.Unmarshal([]byte(fmt.Sprint(last["content"])), &options); err != nil {
		t.Fatal(err)
	}
	return options
}

func pathsIn(document map[string]any) []string {
	files, _ := document["write_files"].([]any)
	var paths []string
	for _, entry := range files {
		f, _ := entry.(map[string]any)
		paths = append(paths, fmt.Sprint(f["path"]))
	}
	return paths
}

func TestHeaderAndOrderOfBlocks(t *testing.T) {
	n := someNode(InitServer)
	n.Spec.AgentConfig.NTP = &bootstrapv1.NTP{Servers: []string{"ntp.example.com"}}
	text, _ := render(t, n)
	if !strings.HasPrefix(text, "## template: jinja\n#cloud-config\n") {
		t.Errorf("begins with %q", text[:30])
	}
	last := 0
	for _, key := range []string{"\nwrite_files:", "\nntp:", "\nruncmd:", "\nusers:"} {
		at := strings.Index(text, key)
		if at <= last || strings.Count(text, key) != 1 {
			t.Errorf("%q is at %d, %d times", key, at, strings.Count(text, key))
		}
		last = at
	}
}

func TestFilesOfEachRole(t *testing.T) {
	const tls = "/var/lib/rancher/rke2/server/tls/"
	authorities := []string{
		tls + "server-ca.crt", tls + "server-ca.key", tls + "client-ca.crt", tls + "client-ca.key",
		tls + "etcd/peer-ca.crt", tls + "etcd/peer-ca.key",
		tls + "etcd/server-ca.crt", tls + "etcd/server-ca.key",
	}
	manifest := "/var/lib/rancher/rke2/server/manifests/cni.yaml"
	both := []string{"/etc/rancher/rke2/registries.yaml", "/etc/rancher/rke2/config.yaml"}
	for role, want := range map[Role][]string{
		InitServer:    slices.Concat(authorities, []string{manifest, "/etc/motd"}, both),
		JoiningServer: slices.Concat([]string{manifest, "/etc/motd"}, both),
		Agent:         slices.Concat([]string{"/etc/motd"}, both),
	} {
		n := someNode(role)
		n.Manifests = map[string]string{"cni.yaml": "kind: List"}
		n.Files = []bootstrapv1.File{{Path: "/etc/motd", Content: "hello"}}
		_, document := render(t, n)
		if got := pathsIn(document); !slices.Equal(got, want) {
			t.Errorf("role %d: %v", role, got)
		}
	}
}

func TestOptionsOfEachRole(t *testing.T) {
	for role, want := range map[Role]map[string]string{
		InitServer: {
			"server": "<nil>", "token": "secret", "tls-san": "[203.0.113.10]",
			"cluster-cidr": "10.42.0.0/16,fd00::/56", "disable-cloud-controller": "true",
			"disable-kube-proxy": "true", "cloud-provider-name": "external", "cni": "<nil>",
		},
		JoiningServer: {
			"server": "https://203.0.113.10:9345", "token": "secret",
			"tls-san": "[203.0.113.10]", "disable-cloud-controller": "true",
		},
		Agent: {
			"server": "https://203.0.113.10:9345", "token": "secret", "tls-san": "<nil>",
			"cloud-provider-name": "external", "disable-cloud-controller": "<nil>",
			"cluster-cidr": "<nil>",
		},
	} {
		_, document := render(t, someNode(role))
		options := optionsIn(t, document)
		for key, value := range want {
			if got := fmt.Sprint(options[key]); got != value {
				t.Errorf("role %d: %s is %s, want %s", role, key, got, value)
			}
		}
	}
}

func TestServersOptions(t *testing.T) {
	n := someNode(InitServer)
	n.Server.CNI, n.Server.CNIMultusEnable = "cilium", true
	n.Server.TLSSan = []string{"api.example.com"}
	n.Server.KubeAPIServer = &bootstrapv1.ComponentConfig{
		ExtraArgs: []string{"anonymous-auth=true"}, ExtraEnv: map[string]string{"B": "2", "A": "1"},
		ExtraMounts: map[string]string{"/a": "/b"},
	}
	n.Server.Etcd.ExposeMetrics = true
	n.Server.DisableComponents.PluginComponents = []controlplanev1.PluginComponent{"rke2-ingress-nginx"}
	n.Server.PauseImage = "never rendered"
	n.AuditPolicy = "kind: Policy"
	text, document := render(t, n)
	options := optionsIn(t, document)
	for key, want := range map[string]string{
		"cni": "[multus cilium]", "tls-san": "[api.example.com 203.0.113.10]",
		"kube-apiserver-arg": "[anonymous-auth=true]", "kube-apiserver-extra-env": "[A=1 B=2]",
		"kube-apiserver-extra-mount": "[/a:/b]", "etcd-expose-metrics": "true",
		"disable": "[rke2-ingress-nginx]", "audit-policy-file": "/etc/rancher/rke2/audit-policy.yaml",
	} {
		if got := fmt.Sprint(options[key]); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if strings.Contains(text, "never rendered") {
		t.Error("the pause image is rendered")
	}
}

func TestBracketsAnIPv6Server(t *testing.T) {
	n := someNode(Agent)
	n.ServerHost = "fd00::1"
	_, document := render(t, n)
	if got := optionsIn(t, document)["server"]; got != "https://[fd00::1]:9345" {
		t.Errorf("server %v", got)
	}
}

func TestCommandsInOrder(t *testing.T) {
	n := someNode(JoiningServer)
	n.Spec.PreRKE2Commands, n.Spec.PostRKE2Commands = []string{"before"}, []string{"after"}
	want := []string{
		"before",
		"curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.34.2+rke2r1 sh -s - server",
		"systemctl mask rke2-agent.service",
		"systemctl enable rke2-server.service",
		"systemctl start rke2-server.service",
		"mkdir -p /run/cluster-api",
		"echo success > /run/cluster-api/bootstrap-success.complete",
		"after",
	}
	if got := n.commands(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	n.Role = Agent
	if got := n.commands(); got[2] != "systemctl mask rke2-server.service" ||
		!strings.Contains(got[1], "INSTALL_RKE2_TYPE=agent") {
		t.Errorf("agent: %q", got)
	}
	n.Spec.AgentConfig.AirGapped, n.Spec.AgentConfig.AirGappedChecksum = true, "abc"
	if got := strings.Join(n.commands(), "\n"); strings.Contains(got, "get.rke2.io") ||
		!strings.Contains(got, "/opt/install.sh") || !strings.Contains(got, "abc") {
		t.Errorf("air-gapped: %q", got)
	}
}

func TestAdditionalUserData(t *testing.T) {
	n := someNode(Agent)
	n.Spec.AgentConfig.AdditionalUserData = bootstrapv1.AdditionalUserData{
		Data: map[string]string{"users": "- name: evroc-user", "runcmd": "- rm", "locale": "en"},
	}
	text, document := render(t, n)
	if fmt.Sprint(document["users"]) != "[map[name:evroc-user]]" || document["locale"] != "en" {
		t.Errorf("users %v", document["users"])
	}
	if strings.Contains(text, "- rm\n") {
		t.Error("runcmd was taken")
	}
	if strings.Index(text, "\nusers:") > strings.Index(text, "\nruncmd:") {
		t.Error("data comes after runcmd")
	}
	n.Spec.AgentConfig.AdditionalUserData = bootstrapv1.AdditionalUserData{Config: "a: [b"}
	if _, err := n.Render(); err == nil {
		t.Error("took what is not YAML")
	}
}

func TestRefusesWhatItCannotWrite(t *testing.T) {
	for name, change := range map[string]func(*Node){
		"version": func(n *Node) { n.Version = "" },
		"token":   func(n *Node) { n.Token = "" },
		"server":  func(n *Node) { n.ServerHost = "" },
		"format":  func(n *Node) { n.Spec.AgentConfig.Format = bootstrapv1.Ignition },
		"cisProfile": func(n *Node) {
			n.Spec.AgentConfig.CISProfile = "cis"
		},
	} {
		n := someNode(Agent)
		change(&n)
		if _, err := n.Render(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The nodes of the test environment boot from this user data.
func TestNodesBootFromIt(t *testing.T) {
	pair, err := trust.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[Role]boot.Role{
		InitServer: boot.Init, JoiningServer: boot.Join, Agent: boot.Worker,
	} {
		n := someNode(role)
		n.Authorities = Authorities{Server: pair, Client: pair, EtcdPeer: pair, EtcdServer: pair}
		data, err := n.Render()
		if err != nil {
			t.Fatal(err)
		}
		plan, err := boot.Decide(data, boot.Guest{Hostname: "node-1", InstanceID: "i-1"})
		if err != nil {
			t.Fatalf("role %d could not boot: %v", role, err)
		}
		if plan.Role != want || plan.RKE2 == nil || plan.RKE2.Token != "secret" ||
			plan.Version != "v1.34.2+rke2r1" || !plan.Node.External {
			t.Errorf("role %d: %+v", role, plan)
		}
	}
}
