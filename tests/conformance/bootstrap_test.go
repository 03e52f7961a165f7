package conformance

import (
	"os/exec"
	"strings"
	"testing"

	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	controlplanev1 "sigs.k8s.io/cluster-api/api/controlplane/kubeadm/v1beta2"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/cloudinit"
	"sigs.k8s.io/yaml"
)

// kubeadmSpecs returns the configurations of a flavour with kubeadm.
func (f flavour) kubeadmSpecs(t *testing.T, variables map[string]string) (control, worker bootstrapv1.KubeadmConfigSpec) {
	t.Helper()
	objects := f.render(t, variables)
	control = as[controlplanev1.KubeadmControlPlane](t, objects["KubeadmControlPlane/c1-control-plane"]).Spec.KubeadmConfigSpec
	name := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"]).Spec.Template.Spec.Bootstrap.ConfigRef.Name
	worker = as[bootstrapv1.KubeadmConfigTemplate](t, objects["KubeadmConfigTemplate/"+name]).Spec.Template.Spec
	return control, worker
}

// cloudConfigs returns those of a kubeadm control plane and a worker, as the
// bootstrap provider writes them.
func (f flavour) cloudConfigs(t *testing.T, variables map[string]string) map[string]string {
	t.Helper()
	control, worker := f.kubeadmSpecs(t, variables)
	first, err := cloudinit.NewInitControlPlane(&cloudinit.ControlPlaneInput{
		BaseUserData: kubeadmInput(control), ClusterConfiguration: "kind: ClusterConfiguration", InitConfiguration: "kind: InitConfiguration"})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := cloudinit.NewNode(&cloudinit.NodeInput{BaseUserData: kubeadmInput(worker), JoinConfiguration: "kind: JoinConfiguration"})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{f.file + " control plane": string(first), f.file + " worker": string(joined)}
}

// cloudConfig holds the fields that the tests check.
type cloudConfig struct {
	Files []struct {
		Path        string `json:"path"`
		Content     string `json:"content"`
		Permissions string `json:"permissions"`
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

// script returns the one that prepares the node.
func (c cloudConfig) script() string {
	for _, file := range c.Files {
		if file.Path == "/usr/local/sbin/prepare-node" {
			return file.Content
		}
	}
	return ""
}

func TestA11ContainerdIsRestartedAfterTheEdit(t *testing.T) {
	for role, text := range kubeadm.cloudConfigs(t, with()) {
		config := parseCloudConfig(t, text)
		script := config.script()
		order := []string{"apt-get install -y ca-certificates containerd", "swapoff -a", "modprobe -a overlay br_netfilter",
			"sysctl --system", "SystemdCgroup = true", "systemctl restart containerd", `"kubelet=$release-*"`}
		for at, rest := 0, script; at < len(order); at++ {
			_, after, ok := strings.Cut(rest, order[at])
			if !ok {
				t.Errorf("%s: %q is not there, or in the wrong place", role, order[at])
				break
			}
			rest = after
		}
	}
}

// TestKubeadmStartsAfterThePreparation also checks that nothing hides failures.
func TestKubeadmStartsAfterThePreparation(t *testing.T) {
	for _, f := range []flavour{kubeadm, prebuilt} {
		for role, text := range f.cloudConfigs(t, with()) {
			config := parseCloudConfig(t, text)
			if !strings.Contains(config.script(), "set -eu\nversion=v1.31.4\n") {
				t.Errorf("%s: the script does not begin with the version:\n%s", role, config.script())
			}
			if len(config.Commands) < 2 || config.Commands[0] != "/usr/local/sbin/prepare-node || exit 1" {
				t.Errorf("%s: the commands are %v", role, config.Commands)
			}
			for _, hidden := range []string{"initialDelaySeconds", "0.0.0.0", "patches"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%s: has %s", role, hidden)
				}
			}
			checkShell(t, config.script())
		}
	}
}

// checkShell checks the syntax of a script with the shell, without running it.
func checkShell(t *testing.T, script string) {
	t.Helper()
	command := exec.Command("/bin/sh", "-n")
	command.Stdin = strings.NewReader(script)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("the shell does not take the script: %v\n%s", err, output)
	}
}

// TestNodesWaitForTheirInitialisation checks that kubelets register with the
// taint that the shim removes.
func TestNodesWaitForTheirInitialisation(t *testing.T) {
	for _, f := range []flavour{kubeadm, prebuilt} {
		control, worker := f.kubeadmSpecs(t, with())
		for _, registration := range []bootstrapv1.NodeRegistrationOptions{
			control.InitConfiguration.NodeRegistration, control.JoinConfiguration.NodeRegistration, worker.JoinConfiguration.NodeRegistration,
		} {
			if got := registration.KubeletExtraArgs; len(got) != 1 || got[0].Name != "cloud-provider" || *got[0].Value != "external" {
				t.Errorf("%s: the kubelet's arguments are %v", f.file, got)
			}
		}
	}
}

// TestD1RKE2LeavesIdentityToUs also checks that both ports are reachable (traps.md D2)
// and that rollouts happen (traps.md D5).
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
	wantField(t, objects["EvrocCluster/c1"].Object, "spec.controlPlaneConfig.loadBalancer.ports",
		[]any{fields{"port": 9345, "healthCheckPort": 6443}})
	workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
	if got := workers.Spec.Template.Spec.Version; got != "v1.31.4+rke2r1" {
		t.Errorf("the workers' version is %s", got)
	}
}
