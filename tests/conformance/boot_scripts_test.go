package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The tests of this file run what machines run at their first boot (guest).
// run_boot_scripts.sh runs those named TestBoot… on a Debian.

const fstab = "/dev/vda1 / ext4 defaults 0 1\n"

// forwarding is what the kernel has to do for nodes.
const forwarding = `net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
`

// bootEach boots machines of these roles that join.
func bootEach(t *testing.T, variables map[string]string, machine func() guest, roles []string, check func(role string, g guest, output string)) {
	t.Helper()
	all := joiners(t, with(variables))
	for _, role := range roles {
		g := machine()
		check(role, g, g.boot(t, parseCloudConfig(t, string(all[role].userData))))
	}
}

var (
	kubeadmRoles  = []string{"control plane", "worker"}
	prebuiltRoles = []string{"prebuilt control plane", "prebuilt worker"}
	rke2Roles     = []string{"RKE2 server", "RKE2 agent"}
)

const kubeadmJoins = "kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml\n"

// TestBootInstallsKubernetes checks that an empty machine becomes a node, with
// packages of the version: nothing is used before it is installed.
func TestBootInstallsKubernetes(t *testing.T) {
	for text, version := range map[string]string{
		"v1.31.4": "1.31.4", "1.31.4": "1.31.4", "v1.36.0": "1.36.0", "1.30.14": "1.30.14", "v1.31.4\n": "1.31.4",
	} {
		minor := version[:strings.LastIndex(version, ".")]
		want := fmt.Sprintf(`apt-get update
apt-get install -y ca-certificates containerd curl kmod procps
swapoff -a
modprobe -a overlay br_netfilter
sysctl --system
containerd config default
systemctl restart containerd
systemctl enable containerd
curl -fsSL --retry 5 -o /etc/apt/keyrings/kubernetes.asc https://pkgs.k8s.io/core:/stable:/v%[1]s/deb/Release.key
apt-get update
apt-get install -y kubelet=%[2]s-* kubeadm=%[2]s-* kubectl=%[2]s-*
apt-mark hold kubelet kubeadm kubectl
systemctl enable --now kubelet
`, minor, version) + kubeadmJoins
		bootEach(t, map[string]string{"KUBERNETES_VERSION": text}, func() guest { return newGuest(t, "v"+version) }, kubeadmRoles,
			func(role string, g guest, output string) {
				if got := g.calls(t); got != want {
					t.Errorf("%s, %q: it calls\n%s%s", role, text, got, output)
				}
				wantFile(t, g, "etc/fstab", fstab)
				wantFile(t, g, "etc/containerd/config.toml", "SystemdCgroup = true\n")
				wantFile(t, g, "etc/apt/keyrings/kubernetes.asc", "key\n")
				wantFile(t, g, "kernel", forwarding)
				wantFile(t, g, "run/cluster-api/bootstrap-success.complete", "success\n")
			})
	}
}

func wantFile(t *testing.T, g guest, name, want string) {
	t.Helper()
	if got := g.read(t, name); got != want {
		t.Errorf("%s is\n%s", name, got)
	}
}

// TestBootRefusesWhatIsNoRelease checks that the log says why, and that nothing
// is installed.
func TestBootRefusesWhatIsNoRelease(t *testing.T) {
	for _, version := range []string{"1.36.0-rc.1", "1.31.4+rke2r1", "1.31", "1.31.x"} {
		want := "prepare-node: pkgs.k8s.io has stable releases, and v" + version + " is none\n"
		bootEach(t, map[string]string{"KUBERNETES_VERSION": "v" + version}, func() guest { return newGuest(t, "") }, kubeadmRoles,
			func(role string, g guest, output string) {
				if got := g.calls(t); output != want || got != "" {
					t.Errorf("%s, %s: it says %s and calls\n%s", role, version, output, got)
				}
			})
	}
}

func TestBootWithoutFstab(t *testing.T) {
	check := func(role string, g guest, output string) {
		if got := g.calls(t); !strings.HasSuffix(got, kubeadmJoins) {
			t.Errorf("%s: %s, it calls\n%s", role, output, got)
		}
	}
	without := func(g guest) func() guest {
		must(t, os.Remove(g.path("etc/fstab")))
		return func() guest { return g }
	}
	bootEach(t, nil, without(newGuest(t, "v1.31.4")), kubeadmRoles[:1], check)
	bootEach(t, prebuiltVersion, without(prebuiltGuest(t, "SystemdCgroup = true")), prebuiltRoles[:1], check)
}

// TestBootInstallsRKE2 checks that RKE2's installer is fetched by a machine that
// may lack what this takes, and that nothing else is installed.
func TestBootInstallsRKE2(t *testing.T) {
	const options = "-o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 "
	const prepared = "dpkg -s ca-certificates curl\n"
	const installed = prepared + "apt-get " + options + "update\napt-get " + options + "install -y ca-certificates curl\n"
	for image, want := range map[string]string{
		"": installed, "curl": installed, "ca-certificates": installed, "ca-certificates curl": prepared,
	} {
		for role, kind := range map[string]string{"RKE2 server": " server", "RKE2 agent": "agent "} {
			want := want + "curl -sfL https://get.rke2.io\ninstaller v1.35.2+rke2r1 " + kind + "\n"
			bootEach(t, map[string]string{"RKE2_VERSION": "v1.35.2+rke2r1"}, func() guest { return newGuest(t, "", strings.Fields(image)...) }, []string{role},
				func(role string, g guest, output string) {
					got, rest, ok := strings.Cut(g.calls(t), "systemctl mask")
					if got != want || !ok || !strings.Contains(rest, "systemctl start rke2-") {
						t.Errorf("%s, image with %q: it calls\n%s%s", role, image, got, output)
					}
					wantFile(t, g, "run/cluster-api/bootstrap-success.complete", "success\n")
				})
		}
	}
}

// TestBootOfRKE2FromTheImageNeedsNoNetwork checks that an image with RKE2 in it
// gets no packages.
func TestBootOfRKE2FromTheImageNeedsNoNetwork(t *testing.T) {
	machine := func() guest {
		g := newGuest(t, "")
		g.write(t, "opt/install.sh", recorder)
		g.write(t, "opt/rke2-artifacts/sha256sum-amd64.txt", "")
		return g
	}
	bootEach(t, map[string]string{"RKE2_AIR_GAPPED": "true"}, machine, rke2Roles, func(role string, g guest, output string) {
		if got := g.calls(t); !strings.HasPrefix(got, "install.sh") || strings.Contains(got, "apt-get") || strings.Contains(got, "curl") ||
			!strings.Contains(got, "systemctl start rke2-") {
			t.Errorf("%s: it calls\n%s%s", role, got, output)
		}
	})
}

var prebuiltVersion = map[string]string{"EVROC_IMAGE_NAME": "custom:golden", "KUBERNETES_VERSION": "1.31.4"}

// prebuiltGuest makes a machine whose image has Kubernetes and a containerd with
// this configuration.
func prebuiltGuest(t *testing.T, containerd string) guest {
	t.Helper()
	g := newGuest(t, "v1.31.4", "containerd", "kmod", "procps", "kubeadm", "kubelet")
	g.write(t, "etc/containerd/config.toml", containerd+"\n")
	return g
}

const prebuiltCalls = `swapoff -a
modprobe -a overlay br_netfilter
sysctl --system
`

// TestBootOfAPrebuiltNodeNeedsNoNetwork checks that it is prepared with what its
// image has.
func TestBootOfAPrebuiltNodeNeedsNoNetwork(t *testing.T) {
	const want = prebuiltCalls + `systemctl restart containerd
systemctl enable containerd
systemctl enable --now kubelet
` + kubeadmJoins
	for _, cgroup := range []string{"SystemdCgroup = true", "SystemdCgroup = false"} {
		bootEach(t, prebuiltVersion, func() guest { return prebuiltGuest(t, cgroup) }, prebuiltRoles,
			func(role string, g guest, output string) {
				if got := g.calls(t); got != want {
					t.Errorf("%s: it calls\n%s%s", role, got, output)
				}
				wantFile(t, g, "etc/fstab", fstab)
				wantFile(t, g, "etc/containerd/config.toml", "SystemdCgroup = true\n")
				wantFile(t, g, "kernel", forwarding)
			})
	}
}

// TestBootNamesAWrongImage checks that a node with another image is left as it
// is, and that its log says why.
func TestBootNamesAWrongImage(t *testing.T) {
	const wrong = "prepare-node: the image does not have Kubernetes v1.31.4, but:\n"
	for name, test := range map[string]struct{ kubeadm, kubelet, cgroup, want, calls string }{
		"older kubeadm": {"v1.31.3", "v1.31.4", "SystemdCgroup = true", wrong + "v1.31.3\nKubernetes v1.31.4\n", ""},
		"other kubelet": {"v1.31.4", "v1.31.40", "SystemdCgroup = true", wrong + "v1.31.4\nKubernetes v1.31.40\n", ""},
		"containerd without a driver": {"v1.31.4", "v1.31.4", "version = 2",
			"prepare-node: the image's containerd does not use the systemd cgroup driver\n", prebuiltCalls},
	} {
		machine := func() guest {
			g := prebuiltGuest(t, test.cgroup)
			g.write(t, "usr/bin/kubeadm", kubeadmProgram(test.kubeadm))
			g.write(t, "usr/bin/kubelet", kubeletProgram(test.kubelet))
			return g
		}
		bootEach(t, prebuiltVersion, machine, prebuiltRoles, func(role string, g guest, output string) {
			if got := g.calls(t); output != test.want || got != test.calls {
				t.Errorf("%s, %s: it says\n%s, and calls\n%s", role, name, output, got)
			}
		})
	}
	bootEach(t, prebuiltVersion, func() guest { return newGuest(t, "") }, prebuiltRoles, func(role string, g guest, output string) {
		if got := g.calls(t); !strings.Contains(output, wrong) || got != "" {
			t.Errorf("%s, nothing: it says\n%s, and calls\n%s", role, output, got)
		}
	})
}
