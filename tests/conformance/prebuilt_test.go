package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
)

// node is a folder in place of a machine whose image has Kubernetes.
type node struct{ folder string }

// newNode makes a node with the programs that its image has, and no other: a
// script that calls a package manager or curl fails.
func newNode(t *testing.T, kubeadm, kubelet, cgroup string) node {
	t.Helper()
	n := node{t.TempDir()}
	n.write(t, "bin/kubeadm", fmt.Sprintf("#!/bin/sh\n[ \"$*\" = 'version -o short' ] && echo %s\n", kubeadm))
	n.write(t, "bin/kubelet", fmt.Sprintf("#!/bin/sh\n[ \"$*\" = --version ] && echo Kubernetes %s\n", kubelet))
	for _, name := range []string{"swapoff", "modprobe", "sysctl", "systemctl"} {
		n.write(t, "bin/"+name, fmt.Sprintf("#!/bin/sh\necho %s \"$@\" >>%s\n", name, n.path("calls")))
	}
	for _, name := range []string{"grep", "sed"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, n.path("bin/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	n.write(t, "etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n")
	n.write(t, "etc/containerd/config.toml", cgroup+"\n")
	return n
}

func (n node) path(name string) string { return filepath.Join(n.folder, name) }

func (n node) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(n.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.path(name), []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (n node) read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(n.path(name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

// run runs the script with the node's files in place of the machine's.
func (n node) run(t *testing.T, script string) (output string, ok bool) {
	t.Helper()
	if !strings.Contains(script, "/etc/fstab") {
		t.Fatalf("no script of ours:\n%s", script)
	}
	command := exec.Command("/bin/sh")
	command.Env = []string{"PATH=" + n.path("bin")}
	command.Stdin = strings.NewReader(strings.ReplaceAll(script, "/etc/", n.path("etc")+"/"))
	text, err := command.CombinedOutput()
	return string(text), err == nil
}

// prebuiltScripts returns the scripts of both roles.
func prebuiltScripts(t *testing.T) map[string]string {
	t.Helper()
	scripts := map[string]string{}
	for role, text := range prebuilt.cloudConfigs(t, with()) {
		scripts[role] = parseCloudConfig(t, text).script()
	}
	return scripts
}

func TestAPrebuiltNodeIsPreparedWithoutTheNetwork(t *testing.T) {
	const calls = `swapoff -a
modprobe -a overlay br_netfilter
sysctl --system
systemctl restart containerd
systemctl enable containerd
systemctl enable --now kubelet
`
	for role, script := range prebuiltScripts(t) {
		for _, cgroup := range []string{"SystemdCgroup = true", "SystemdCgroup = false"} {
			n := newNode(t, "v1.31.4", "v1.31.4", cgroup)
			if output, ok := n.run(t, script); !ok {
				t.Errorf("%s: %s", role, output)
			}
			if got := n.read(t, "calls"); got != calls {
				t.Errorf("%s: it calls\n%s", role, got)
			}
			if got := n.read(t, "etc/fstab"); got != "/dev/vda1 / ext4 defaults 0 1\n" {
				t.Errorf("%s: fstab is\n%s", role, got)
			}
			if got := n.read(t, "etc/containerd/config.toml"); got != "SystemdCgroup = true\n" {
				t.Errorf("%s: containerd has %s", role, got)
			}
		}
	}
}

// TestAWrongImageIsNamed checks that a node with another image is left as it
// is, and that its log says why.
func TestAWrongImageIsNamed(t *testing.T) {
	for role, script := range prebuiltScripts(t) {
		for name, test := range map[string]struct{ kubeadm, kubelet, cgroup, want, calls string }{
			"older kubeadm": {"v1.31.3", "v1.31.4", "SystemdCgroup = true",
				"prepare-node: the image does not have Kubernetes v1.31.4, but:\nv1.31.3\nKubernetes v1.31.4\n", ""},
			"other kubelet": {"v1.31.4", "v1.31.40", "SystemdCgroup = true",
				"prepare-node: the image does not have Kubernetes v1.31.4, but:\nv1.31.4\nKubernetes v1.31.40\n", ""},
			"containerd without a driver": {"v1.31.4", "v1.31.4", "version = 2",
				"prepare-node: the image's containerd does not use the systemd cgroup driver\n",
				"swapoff -a\nmodprobe -a overlay br_netfilter\nsysctl --system\n"},
		} {
			n := newNode(t, test.kubeadm, test.kubelet, test.cgroup)
			output, ok := n.run(t, script)
			if ok || output != test.want {
				t.Errorf("%s, %s: %v, it says\n%s", role, name, ok, output)
			}
			if got := n.read(t, "calls"); got != test.calls {
				t.Errorf("%s, %s: it calls\n%s", role, name, got)
			}
		}
		n := newNode(t, "", "", "")
		for _, name := range []string{"kubeadm", "kubelet"} {
			if err := os.Remove(n.path("bin/" + name)); err != nil {
				t.Fatal(err)
			}
		}
		if output, ok := n.run(t, script); ok || !strings.Contains(output, "prepare-node: the image does not have Kubernetes v1.31.4") {
			t.Errorf("%s, nothing: %v, it says\n%s", role, ok, output)
		}
	}
}

// TestAnotherImageMakesOtherTemplates checks that a flavour with another image
// can be applied over the first, although templates are immutable.
func TestAnotherImageMakesOtherTemplates(t *testing.T) {
	before := prebuilt.render(t, with(map[string]string{"EVROC_IMAGE_NAME": "custom:ubuntu-2404-kube-v1.31.4"}))
	after := prebuilt.render(t, with(map[string]string{"EVROC_IMAGE_NAME": "kubernetes.1-31-5", "KUBERNETES_VERSION": "v1.31.5"}))
	for name, kept := range map[string]bool{
		"EvrocMachineTemplate/c1-control-plane-ubuntu-2404-kube-v1.31.4": false,
		"EvrocMachineTemplate/c1-md-0-ubuntu-2404-kube-v1.31.4":          false,
		"KubeadmConfigTemplate/c1-md-0-ubuntu-2404-kube-v1.31.4":         false,
		"KubeadmControlPlane/c1-control-plane":                           true,
		"MachineDeployment/c1-md-0":                                      true,
	} {
		if before[name] == nil || (after[name] != nil) != kept {
			t.Errorf("%s: before %v, after %v", name, before[name] != nil, after[name] != nil)
		}
	}
	workers := as[clusterv1.MachineDeployment](t, after["MachineDeployment/c1-md-0"]).Spec.Template.Spec
	if workers.Version != "v1.31.5" || workers.InfrastructureRef.Name != "c1-md-0-kubernetes.1-31-5" ||
		workers.Bootstrap.ConfigRef.Name != "c1-md-0-kubernetes.1-31-5" {
		t.Errorf("workers are %v", workers)
	}
}
