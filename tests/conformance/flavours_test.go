package conformance

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	controlplanev1 "sigs.k8s.io/cluster-api/api/controlplane/kubeadm/v1beta2"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/cloudinit"
	"sigs.k8s.io/yaml"
)

// A file of templates/.
type flavour struct {
	file         string
	controlPlane string // its kind
	podCIDR      string // the default
}

var (
	kubeadm  = flavour{"cluster-template.yaml", "KubeadmControlPlane", "10.244.0.0/16"}
	rke2     = flavour{"cluster-template-rke2.yaml", "RKE2ControlPlane", "192.168.0.0/16"}
	flavours = []flavour{kubeadm, rke2}
)

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+f/k= someone@example.com"

// required are the variables without a default.
var required = map[string]string{
	"EVROC_REGION":         "se-sto",
	"EVROC_PROJECT":        "123",
	"EVROC_KUBECONFIG_B64": "YXBpVmVyc2lvbjogdjEK",
}

// everything sets each variable to something that is not its default.
var everything = map[string]string{
	"EVROC_VPC_NAME":                   "vpc-2",
	"EVROC_SUBNET_NAME":                "subnet-2",
	"EVROC_SUBNET_CIDR":                "172.16.0.0/22",
	"EVROC_CONTROL_PLANE_MACHINE_TYPE": "a1a.l",
	"EVROC_WORKER_MACHINE_TYPE":        "m1a.xl",
	"EVROC_IMAGE_NAME":                 "ubuntu.24-04.1",
	"EVROC_DISK_SIZE":                  "55",
	"EVROC_SSH_KEY":                    sshKey,
	"EVROC_FAILURE_DOMAINS":            "[a, b, c]",
	"EVROC_API_BASE_URL":               "http://127.0.0.1:8080",
	"EVROC_ISSUER_URL":                 "http://127.0.0.1:8080/realms/evroc-customer",
	"POD_CIDR":                         "10.99.0.0/16",
	"SERVICE_CIDR":                     "10.98.0.0/16",
	"CONTROL_PLANE_MACHINE_COUNT":      "3",
	"WORKER_MACHINE_COUNT":             "7",
	"RKE2_VERSION":                     "v1.35.2+rke2r3",
	"KUBERNETES_VERSION":               "v1.36.3",
}

func with(more ...map[string]string) map[string]string {
	all := maps.Clone(required)
	for _, each := range more {
		maps.Copy(all, each)
	}
	return all
}

func (f flavour) path() string { return filepath.Join(repository(), "templates", f.file) }

// generate runs clusterctl with the variables and nothing else from outside.
func (f flavour) generate(t *testing.T, variables map[string]string, arguments ...string) []byte {
	t.Helper()
	needServer(t)
	arguments = append([]string{"generate", "cluster", "c1", "--from", f.path()}, arguments...)
	command := exec.Command(server.programs.clusterctl, arguments...)
	command.Env = []string{"HOME=" + t.TempDir(), "CLUSTERCTL_DISABLE_VERSIONCHECK=true"}
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", f.file, err, problems.String())
	}
	return output
}

// render is generate, read.
func (f flavour) render(t *testing.T, variables map[string]string) map[string]object {
	t.Helper()
	objects, err := parse(f.generate(t, variables, "--target-namespace", "default"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]object{}
	for _, each := range objects {
		named[each.GetKind()+"/"+each.GetName()] = each
	}
	if len(named) != len(objects) {
		t.Errorf("%s has two objects of one kind and name", f.file)
	}
	return named
}

// as reads an object into its type, strictly.
func as[T any](t *testing.T, object object) T {
	t.Helper()
	if object == nil {
		t.Fatal("there is no such object")
	}
	var typed T
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &typed, true)
	if err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return typed
}

// TestCL20FlavoursAreTaken: what comes out passes a strict check by a real API
// server, whichever way it is sent there.
func TestCL20FlavoursAreTaken(t *testing.T) {
	ways := map[string][]string{
		"create":            {"create"},
		"apply":             {"apply"},
		"server-side apply": {"apply", "--server-side"},
	}
	for _, f := range flavours {
		for name, variables := range map[string]map[string]string{
			"defaults":   with(),
			"everything": with(everything),
			"empty":      with(map[string]string{"EVROC_SSH_KEY": "", "EVROC_API_BASE_URL": ""}),
			"newer":      with(map[string]string{"KUBERNETES_VERSION": "v1.36.3", "RKE2_VERSION": "v1.35.2+rke2r1"}),
		} {
			rendered := f.generate(t, variables, "--target-namespace", "default")
			for way, arguments := range ways {
				t.Run(fmt.Sprintf("%s/%s/%s", f.controlPlane, name, way), func(t *testing.T) {
					kubectl(t, rendered, append(arguments, "--dry-run=server", "--validate=strict", "-f", "-")...)
				})
			}
		}
	}
}

func kubectl(t *testing.T, input []byte, arguments ...string) {
	t.Helper()
	command := exec.Command(server.programs.kubectl, append([]string{"--kubeconfig", server.kubeconfig}, arguments...)...)
	command.Env = []string{"HOME=" + t.TempDir()}
	command.Stdin = bytes.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("kubectl %v: %v\n%s", arguments, err, output)
	}
}

// TestCL14VariablesAreDocumented: the tables of docs/configuration.md and the
// templates have the same variables with the same defaults.
func TestCL14VariablesAreDocumented(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(repository(), "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Z0-9_]+)` \\|").FindAllStringSubmatch(string(document), -1) {
		documented[match[1]] = true
	}
	used := map[string]bool{}
	for _, f := range flavours {
		for name, value := range f.variables(t) {
			used[name] = true
			if _, ok := everything[name]; !ok && required[name] == "" && name != "CLUSTER_NAME" {
				t.Errorf("%s is never tried out", name)
			}
			if value != "" && !strings.Contains(string(document), value) {
				t.Errorf("the default %s of %s is not in the documentation", value, name)
			}
		}
	}
	got, want := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(used))
	if !slices.Equal(got, want) {
		t.Errorf("documented are\n%v\nused are\n%v", got, want)
	}
}

var listed = regexp.MustCompile(`(?m)^  - ([A-Z0-9_]+)(?: +\(defaults to "?(.*?)"?\))?$`)

// variables are those that clusterctl finds, with their defaults.
func (f flavour) variables(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, match := range listed.FindAllSubmatch(f.generate(t, nil, "--target-namespace", "default", "--list-variables"), -1) {
		if value := strings.Trim(string(match[2]), `" `); value != "c1" && len(value) > 1 {
			found[string(match[1])] = value
		} else {
			found[string(match[1])] = ""
		}
	}
	return found
}

// TestA12OneRuleForDollars: a variable of clusterctl in capitals, one of a shell
// in small letters with the dollar doubled, and nothing else.
func TestA12OneRuleForDollars(t *testing.T) {
	allowed := regexp.MustCompile(`\$\$\{[a-z]+[#%][^}]*\}|\$\{[A-Z0-9_]+(:=[^}]*)?\}|\$[a-z]`)
	for _, f := range flavours {
		text, err := os.ReadFile(f.path())
		if err != nil {
			t.Fatal(err)
		}
		if rest := allowed.ReplaceAllString(string(text), ""); strings.Contains(rest, "$") {
			at := strings.Index(rest, "$")
			t.Errorf("%s: a dollar of another kind before %.60q", f.file, rest[at:])
		}
	}
}

func TestEveryVariableArrives(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with(everything))
		cluster := as[clusterv1.Cluster](t, objects["Cluster/c1"])
		if got := cluster.Spec.ClusterNetwork; got.Pods.CIDRBlocks[0] != "10.99.0.0/16" || got.Services.CIDRBlocks[0] != "10.98.0.0/16" {
			t.Errorf("cluster network is %v", got)
		}
		evroc := objects["EvrocCluster/c1"].Object["spec"].(fields)
		for path, want := range map[string]any{
			"region": "se-sto", "project": "123", "identitySecretName": "c1-evroc-credentials",
			"failureDomains": []any{"a", "b", "c"}, "network.vpc.name": "vpc-2",
			"network.subnets":      []any{fields{"name": "subnet-2", "cidrBlock": "172.16.0.0/22"}},
			"endpoints.apiBaseURL": everything["EVROC_API_BASE_URL"], "endpoints.issuerURL": everything["EVROC_ISSUER_URL"],
		} {
			wantField(t, evroc, path, want)
		}
		for name, profile := range map[string]string{"control-plane": "a1a.l", "md-0": "m1a.xl"} {
			machine := objects["EvrocMachineTemplate/c1-"+name].Object
			for path, want := range map[string]any{
				"computeProfile": profile, "image": "ubuntu.24-04.1", "rootDiskSize": float64(55), "sshKey": sshKey,
			} {
				wantField(t, machine, "spec.template.spec."+path, want)
			}
		}
		wantField(t, objects[f.controlPlane+"/c1-control-plane"].Object, "spec.replicas", float64(3))
		workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
		if *workers.Spec.Replicas != 7 {
			t.Errorf("workers are %v", workers.Spec)
		}
	}
}

func wantField(t *testing.T, from fields, path string, want any) {
	t.Helper()
	var at any = from
	for _, name := range strings.Split(path, ".") {
		inner, _ := at.(fields)
		at = inner[name]
	}
	got, err := yaml.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, wanted) {
		t.Errorf("%s is %s, want %s", path, got, wanted)
	}
}

func TestDefaultsArrive(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with())
		if got := as[clusterv1.Cluster](t, objects["Cluster/c1"]).Spec.ClusterNetwork; got.Pods.CIDRBlocks[0] != f.podCIDR {
			t.Errorf("%s has the pods %v", f.file, got.Pods)
		}
		wantField(t, objects[f.controlPlane+"/c1-control-plane"].Object, "spec.replicas", float64(1))
		wantField(t, objects["EvrocCluster/c1"].Object, "spec.controlPlaneConfig.loadBalancer.enabled", nil)
		secret := objects["Secret/c1-evroc-credentials"]
		wantField(t, secret.Object, "data.config", required["EVROC_KUBECONFIG_B64"])
		labels := secret.GetLabels()
		if _, ok := labels["clusterctl.cluster.x-k8s.io/move"]; !ok || labels[clusterv1.ClusterNameLabel] != "c1" {
			t.Errorf("the Secret's labels are %v", labels)
		}
	}
}

// TestHealthChecks: both roles are watched, by their Nodes and by what this
// provider says of the machine.
func TestHealthChecks(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with())
		workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
		for name, label := range map[string]string{
			"control-plane": clusterv1.MachineControlPlaneLabel, "md-0": clusterv1.MachineDeploymentNameLabel,
		} {
			check := as[clusterv1.MachineHealthCheck](t, objects["MachineHealthCheck/c1-"+name])
			want := ""
			if name == "md-0" {
				want = workers.Spec.Template.Labels[label]
			}
			if got, ok := check.Spec.Selector.MatchLabels[label]; !ok || got != want {
				t.Errorf("%s: %s selects %v", f.file, name, check.Spec.Selector)
			}
			conditions := check.Spec.Checks.UnhealthyMachineConditions
			if len(conditions) != 1 || conditions[0].Type != clusterv1.MachineInfrastructureReadyCondition || conditions[0].Status != "False" {
				t.Errorf("%s: %s checks %v", f.file, name, conditions)
			}
			if len(check.Spec.Checks.UnhealthyNodeConditions) != 2 {
				t.Errorf("%s: %s does not check Nodes", f.file, name)
			}
		}
	}
}

// cloudConfigs are a kubeadm control plane's and a worker's, as the bootstrap
// provider writes them.
func cloudConfigs(t *testing.T, variables map[string]string) map[string]string {
	t.Helper()
	objects := kubeadm.render(t, variables)
	control := as[controlplanev1.KubeadmControlPlane](t, objects["KubeadmControlPlane/c1-control-plane"]).Spec.KubeadmConfigSpec
	worker := as[bootstrapv1.KubeadmConfigTemplate](t, objects["KubeadmConfigTemplate/c1-md-0"]).Spec.Template.Spec
	input := func(spec bootstrapv1.KubeadmConfigSpec) cloudinit.BaseUserData {
		return cloudinit.BaseUserData{
			AdditionalFiles:    spec.Files,
			PreKubeadmCommands: spec.PreKubeadmCommands,
			Users:              spec.Users,
		}
	}
	first, err := cloudinit.NewInitControlPlane(&cloudinit.ControlPlaneInput{
		BaseUserData: input(control), ClusterConfiguration: "kind: ClusterConfiguration", InitConfiguration: "kind: InitConfiguration"})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := cloudinit.NewNode(&cloudinit.NodeInput{BaseUserData: input(worker), JoinConfiguration: "kind: JoinConfiguration"})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"control plane": string(first), "worker": string(joined)}
}

// cloudConfig is what is looked at.
type cloudConfig struct {
	Users []struct {
		Name string   `json:"name"`
		Sudo string   `json:"sudo"`
		Keys []string `json:"ssh_authorized_keys"`
	} `json:"users"`
	Files []struct {
		Path    string `json:"path"`
		Content string `json:"content"`
	} `json:"write_files"`
	Commands []any `json:"runcmd"`
}

func parseCloudConfig(t *testing.T, text string) cloudConfig {
	t.Helper()
	for _, jinja := range []string{"{{", "{%", "{#"} {
		if strings.Contains(text, jinja) {
			t.Errorf("cloud-init would take %s for Jinja", jinja)
		}
	}
	var config cloudConfig
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return config
}

// TestA11ContainerdIsRestartedAfterTheEdit, and kubeadm starts only when the
// machine was prepared.
func TestA11ContainerdIsRestartedAfterTheEdit(t *testing.T) {
	for role, text := range cloudConfigs(t, with()) {
		config := parseCloudConfig(t, text)
		script := ""
		for _, file := range config.Files {
			if file.Path == "/usr/local/sbin/prepare-node" {
				script = file.Content
			}
		}
		order := []string{"swapoff -a", "modprobe -a overlay br_netfilter", "sysctl --system", "apt-get install -y ca-certificates containerd",
			"SystemdCgroup = true", "systemctl restart containerd", `"kubelet=${version#v}-*"`}
		for at, rest := 0, script; at < len(order); at++ {
			_, after, ok := strings.Cut(rest, order[at])
			if !ok {
				t.Errorf("%s: %q is not there, or in the wrong place", role, order[at])
				break
			}
			rest = after
		}
		if !strings.Contains(script, "set -eu\nversion=v1.31.4\n") {
			t.Errorf("%s: the script does not begin with the version:\n%s", role, script)
		}
		if len(config.Commands) < 2 || config.Commands[0] != "/usr/local/sbin/prepare-node || exit 1" {
			t.Errorf("%s: the commands are %v", role, config.Commands)
		}
		for _, hidden := range []string{"initialDelaySeconds", "0.0.0.0", "patches"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s: has %s", role, hidden)
			}
		}
		checkShell(t, script)
	}
}

// checkShell has the shell read a script without running it.
func checkShell(t *testing.T, script string) {
	t.Helper()
	command := exec.Command("/bin/sh", "-n")
	command.Stdin = strings.NewReader(script)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("the shell does not take the script: %v\n%s", err, output)
	}
}

// TestA13UserAndKeyAreInTheBootstrapData, and without a key there is still a
// valid cloud-config.
func TestA13UserAndKeyAreInTheBootstrapData(t *testing.T) {
	for name, keys := range map[string][]string{"": nil, sshKey: {sshKey}} {
		variables := with(map[string]string{"EVROC_SSH_KEY": name})
		texts := cloudConfigs(t, variables)
		objects := rke2.render(t, variables)
		texts["RKE2 server"] = additionalConfig(t, objects["RKE2ControlPlane/c1-control-plane"], "spec", "agentConfig")
		texts["RKE2 agent"] = additionalConfig(t, objects["RKE2ConfigTemplate/c1-md-0"], "spec", "template", "spec", "agentConfig")
		for role, text := range texts {
			users := parseCloudConfig(t, strings.TrimPrefix(text, "## template: jinja\n")).Users
			if len(users) != 1 || users[0].Name != "evroc-user" || users[0].Sudo != "ALL=(ALL) NOPASSWD:ALL" || !slices.Equal(users[0].Keys, keys) {
				t.Errorf("%s: the users are %v, want evroc-user with %q", role, users, keys)
			}
		}
	}
}

func additionalConfig(t *testing.T, from object, path ...string) string {
	t.Helper()
	return decode[string](t, from, append(path, "additionalUserData", "config")...)
}

// TestNodesWaitForTheirInitialisation: kubelets register with the taint that
// the node initialiser takes away.
func TestNodesWaitForTheirInitialisation(t *testing.T) {
	objects := kubeadm.render(t, with())
	control := as[controlplanev1.KubeadmControlPlane](t, objects["KubeadmControlPlane/c1-control-plane"]).Spec.KubeadmConfigSpec
	worker := as[bootstrapv1.KubeadmConfigTemplate](t, objects["KubeadmConfigTemplate/c1-md-0"]).Spec.Template.Spec
	for _, registration := range []bootstrapv1.NodeRegistrationOptions{
		control.InitConfiguration.NodeRegistration, control.JoinConfiguration.NodeRegistration, worker.JoinConfiguration.NodeRegistration,
	} {
		if got := registration.KubeletExtraArgs; len(got) != 1 || got[0].Name != "cloud-provider" || *got[0].Value != "external" {
			t.Errorf("the kubelet's arguments are %v", got)
		}
	}
}

// TestD1RKE2LeavesIdentityToUs and is reached on both ports (D2), with rollouts
// that happen (D5).
func TestD1RKE2LeavesIdentityToUs(t *testing.T) {
	objects := rke2.render(t, with())
	control := objects["RKE2ControlPlane/c1-control-plane"].Object
	for path, want := range map[string]any{
		"spec.version":                                             "v1.31.4+rke2r1",
		"spec.rolloutStrategy.type":                                "RollingUpdate",
		"spec.registrationMethod":                                  "control-plane-endpoint",
		"spec.serverConfig.cloudProviderName":                      "external",
		"spec.serverConfig.disableComponents.kubernetesComponents": []any{"cloudController"},
	} {
		wantField(t, control, path, want)
	}
	wantField(t, objects["EvrocCluster/c1"].Object, "spec.controlPlaneConfig.loadBalancer.additionalPorts",
		[]any{fields{"port": 9345, "healthCheckPort": 6443}})
	workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
	if got := workers.Spec.Template.Spec.Version; got != "v1.31.4+rke2r1" {
		t.Errorf("the workers' version is %s", got)
	}
}
