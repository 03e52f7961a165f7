package boot_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/sample"
	corev1 "k8s.io/api/core/v1"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
)

var guest = boot.Guest{Hostname: "vm-1", InstanceID: "0000-1111", Zone: "a"}

// All tests share the keys of one cluster, since keys take long to make.
var shared = sync.OnceValues(func() (*sample.Kubeadm, error) { return sample.NewKubeadm("127.10.0.1:6443") })

func newKubeadm(t *testing.T) *sample.Kubeadm {
	t.Helper()
	cluster, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	copied := *cluster
	return &copied
}

func render(t *testing.T, write func() ([]byte, error)) []byte {
	t.Helper()
	data, err := write()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decide(t *testing.T, write func() ([]byte, error)) *boot.Plan {
	t.Helper()
	plan, err := boot.Decide(render(t, write), guest)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return plan
}

// wantRefusal checks that the reason contains the text. An empty text means
// that the machine boots.
func wantRefusal(t *testing.T, data []byte, guest boot.Guest, reason string) {
	t.Helper()
	_, err := boot.Decide(data, guest)
	switch {
	case reason == "" && err != nil:
		t.Errorf("refused: %v", err)
	case reason != "" && err == nil:
		t.Errorf("booted, want a refusal with %q", reason)
	case reason != "" && !strings.Contains(err.Error(), reason):
		t.Errorf("refused with %q, want %q in it", err, reason)
	}
}

func TestInitMachine(t *testing.T) {
	cluster := newKubeadm(t)
	cluster.CertSANs = []string{"api.example.test"}
	plan := decide(t, cluster.Init)
	if plan.Role != boot.Init || plan.Kind() != "kubeadm init" || plan.Version != "v1.36.3" || plan.Node.Name != "vm-1" {
		t.Errorf("plan: %+v", plan)
	}
	kubeadm := plan.Kubeadm
	if kubeadm.Endpoint != "127.10.0.1:6443" || kubeadm.BindPort != 6443 ||
		kubeadm.KubernetesVersion != "v1.36.3" || kubeadm.ClusterName != "sample" {
		t.Errorf("kubeadm: %+v", kubeadm)
	}
	if len(kubeadm.CertSANs) != 1 || !strings.Contains(kubeadm.ClusterConfiguration, "kind: ClusterConfiguration") {
		t.Errorf("cluster configuration: %+v", kubeadm)
	}
	if !bytes.Equal(plan.ClusterCA.Cert, cluster.CA()) || plan.EtcdCA.Empty() {
		t.Error("the CAs are not those of the files")
	}
}

func TestJoiningMachines(t *testing.T) {
	cluster := newKubeadm(t)
	server, worker := decide(t, cluster.JoinControlPlane), decide(t, cluster.JoinWorker)
	if server.Role != boot.Join || server.ClusterCA.Empty() || server.Kubeadm.BindPort != 6443 {
		t.Errorf("control plane: %+v", server)
	}
	if worker.Role != boot.Worker || worker.Kubeadm.Token != cluster.Token ||
		worker.Kubeadm.Endpoint != cluster.Endpoint || len(worker.Kubeadm.CAHashes) != 1 {
		t.Errorf("worker: %+v", worker.Kubeadm)
	}
}

// Kubernetes before 1.31 has kubelet arguments as a map.
func TestOldKubeadmDocuments(t *testing.T) {
	cluster := newKubeadm(t)
	cluster.Version = "v1.30.4"
	for _, write := range []func() ([]byte, error){cluster.Init, cluster.JoinWorker} {
		if plan := decide(t, write); !plan.Node.External {
			t.Errorf("the kubelet's arguments are not read: %+v", plan.Node)
		}
	}
}

func keys(taints []corev1.Taint) string {
	var names []string
	for _, taint := range taints {
		names = append(names, taint.Key)
	}
	return strings.Join(names, " ")
}

func TestRegistration(t *testing.T) {
	const controlPlane, uninitialized = "node-role.kubernetes.io/control-plane", "node.cloudprovider.kubernetes.io/uninitialized"
	for _, test := range []struct {
		name       string
		arguments  map[string]string
		taints     string
		providerID string
		refusal    string
	}{
		{name: "external provider", arguments: map[string]string{"cloud-provider": "external"}, taints: controlPlane + " " + uninitialized},
		{name: "no provider", taints: controlPlane},
		{name: "own provider id", arguments: map[string]string{"provider-id": "evroc://{{ ds.meta_data.instance_id }}"},
			taints: controlPlane, providerID: "evroc://0000-1111"},
		{name: "own taints", arguments: map[string]string{"register-with-taints": "a=b:NoSchedule,c:NoExecute"}, taints: controlPlane + " a c"},
		{name: "unknown provider", arguments: map[string]string{"cloud-provider": "evroc"}, refusal: "no cloud provider"},
		{name: "bad taint", arguments: map[string]string{"register-with-taints": "a=b"}, refusal: "not of the form"},
		{name: "reserved label", arguments: map[string]string{"node-labels": "node-role.kubernetes.io/worker="}, refusal: "may not set"},
		{name: "bad label", arguments: map[string]string{"node-labels": "a b=c"}, refusal: "not valid"},
		{name: "bad name", arguments: map[string]string{"hostname-override": "{{ ds.meta_data.name }}"}, refusal: "can't be the name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cluster := newKubeadm(t)
			cluster.KubeletArgs = test.arguments
			plan, err := boot.Decide(render(t, cluster.Init), guest)
			if test.refusal != "" {
				wantRefusal(t, render(t, cluster.Init), guest, test.refusal)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := keys(plan.Node.Taints); got != test.taints || plan.Node.ProviderID != test.providerID {
				t.Errorf("taints %q, provider id %q", got, plan.Node.ProviderID)
			}
		})
	}
}

func TestLabelsOfAKubelet(t *testing.T) {
	cluster := newKubeadm(t)
	cluster.KubeletArgs = map[string]string{"node-labels": "team=a,node.kubernetes.io/pool=x,topology.kubernetes.io/zone=b"}
	labels := decide(t, cluster.JoinWorker).Node.Labels
	if labels["team"] != "a" || labels["node.kubernetes.io/pool"] != "x" || labels["topology.kubernetes.io/zone"] != "b" {
		t.Errorf("labels: %v", labels)
	}
}

const (
	install  = "apt-get install -y containerd kubelet=1.36.3-1.1 kubeadm=1.36.3-1.1"
	edit     = "sed -i 's/SystemdCgroup = false/SystemdCgroup = true/' /etc/containerd/config.toml"
	defaults = "containerd config default > /etc/containerd/config.toml"
	forward  = "sysctl -w net.ipv4.ip_forward=1"
	archive  = "curl -L https://github.com/containerd/containerd/releases/download/v2.1.0/containerd-2.1.0-linux-amd64.tar.gz | tar xz -C /usr/local"
	kubeOnly = "apt-get install -y kubelet kubeadm"
	restart  = "systemctl restart containerd"
)

func TestCommandsBeforeKubeadm(t *testing.T) {
	for _, test := range []struct {
		name     string
		commands []string
		refusal  string
	}{
		{"restart after the edit", []string{forward, install, defaults, edit, restart}, ""},
		{"restart as a unit", []string{forward, install, defaults, edit, "systemctl restart containerd.service"}, ""},
		{"all on one line", []string{forward + " && " + install + "; " + defaults + "; " + edit + "; sudo systemctl daemon-reload && sudo " + restart}, ""},
		{"stop and start", []string{forward, install, defaults, edit, "systemctl stop containerd", "systemctl start containerd"}, ""},
		{"edit in a pipe", []string{forward, install, "containerd config default | sed 's/SystemdCgroup = false/SystemdCgroup = true/' | tee /etc/containerd/config.toml", restart}, ""},
		{"edit by here-document", []string{forward, install, "cat > /etc/containerd/config.toml <<EOF\n[plugins]\n  SystemdCgroup = true\nEOF\n" + restart}, ""},
		{"edit before the installation", []string{forward, "mkdir -p /etc/containerd; printf 'SystemdCgroup = true' > /etc/containerd/config.toml", install}, ""},
		{"archive started after the edit", []string{forward, kubeOnly, archive, defaults, edit, "systemctl enable --now containerd"}, ""},
		{"service command", []string{forward, install, defaults, edit, "service containerd restart"}, ""},
		{"in bash -c", []string{forward, install, defaults, `bash -c "` + edit + ` && ` + restart + `"`}, ""},
		{"in a condition", []string{forward, install, defaults, edit, "if true; then\n  " + restart + "\nfi"}, ""},
		{"A11: enable --now", []string{forward, install, defaults, edit, "systemctl enable --now containerd"}, "not restarted"},
		{"started again", []string{forward, install, defaults, edit, "systemctl start containerd"}, "not restarted"},
		{"restart before the edit", []string{forward, install, defaults, restart, edit}, "not restarted"},
		{"never edited", []string{forward, install, defaults, restart}, "cgroupfs"},
		{"a grep is no edit", []string{forward, install, defaults, "grep -q 'SystemdCgroup = true' /etc/containerd/config.toml", restart}, "cgroupfs"},
		{"edit taken back", []string{forward, install, edit, defaults, restart}, "cgroupfs"},
		{"a comment is no restart", []string{forward, install, defaults, edit, "true # " + restart}, "not restarted"},
		{"an echo is no restart", []string{forward, install, defaults, edit, "echo " + restart}, "not restarted"},
		{"archive never started", []string{forward, kubeOnly, archive, defaults, edit}, "not started"},
		{"no containerd", []string{forward, kubeOnly}, "containerd is not installed"},
		{"no kubelet", []string{forward, "apt-get install -y containerd kubeadm", defaults, edit, restart}, "kubelet is not installed"},
		{"no kubeadm", []string{forward, "apt-get install -y containerd kubelet", defaults, edit, restart}, "kubeadm is not installed"},
		{"no forwarding", []string{install, defaults, edit, restart}, "ip_forward"},
		{"forwarding nobody reads", []string{"echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/k.conf", install, defaults, edit, restart}, "sysctl never reads"},
		{"probe edit", []string{forward, install, defaults, edit, restart, "sed -i 's/initialDelaySeconds: .*/initialDelaySeconds: 360/' /etc/kubernetes/manifests/*.yaml"}, "probes"},
		{"advertise edit", []string{forward, install, defaults, edit, restart, "sed -i 's/advertiseAddress:.*/advertiseAddress: 0.0.0.0/' /run/kubeadm/kubeadm.yaml"}, "advertise 0.0.0.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cluster := newKubeadm(t)
			cluster.Commands = test.commands
			wantRefusal(t, render(t, cluster.Init), guest, test.refusal)
		})
	}
}

// An image with Kubernetes needs no installation, and what is installed all the
// same replaces it.
func TestImagesWithKubernetes(t *testing.T) {
	machine := guest
	machine.Kubernetes = "v1.36.3"
	for _, test := range []struct {
		name     string
		commands []string
		version  string
	}{
		{"as it is", []string{forward}, "v1.36.3"},
		{"checked", []string{forward, "if ! kubelet --version | grep -qx 'Kubernetes v1.36.3'; then exit 1; fi"}, "v1.36.3"},
		{"replaced", []string{forward, "apt-get install -y kubelet=1.36.4-1.1 kubeadm=1.36.4-1.1", "kubeadm version -o short | grep -x v1.36.4"}, "v1.36.4"},
	} {
		cluster := newKubeadm(t)
		cluster.Commands = test.commands
		plan, err := boot.Decide(render(t, cluster.JoinWorker), machine)
		if err != nil || plan.Version != test.version {
			t.Errorf("%s: %+v, %v", test.name, plan, err)
		}
	}
	cluster := newKubeadm(t)
	for commands, refusal := range map[string]string{
		"kubeadm version -o short | grep -x v1.36.4":        "kubeadm of the machine is",
		"kubelet --version | grep -x 'Kubernetes v1.36.30'": "kubelet of the machine is",
		defaults + "; systemctl restart containerd":         "cgroupfs",
		"systemctl stop containerd":                         "not started",
	} {
		cluster.Commands = []string{forward, commands}
		wantRefusal(t, render(t, cluster.JoinWorker), machine, refusal)
	}
}

func TestScriptsAreRead(t *testing.T) {
	cluster := newKubeadm(t)
	script := "#!/bin/bash\nset -euo pipefail\nexport V=\"1.35.2\"\n" + forward + "\n" +
		"apt-get install -y containerd \"kubelet=${V}-*\" \"kubeadm=${V}-*\"\n" + defaults + "\n" + edit + "\n" + restart + "\n"
	cluster.Files = []bootstrapv1.File{{
		Path: "/opt/prepare.sh", Encoding: bootstrapv1.Base64, Content: base64.StdEncoding.EncodeToString([]byte(script)),
	}}
	for _, call := range []string{"/opt/prepare.sh", "bash /opt/prepare.sh", "bash -x /opt/prepare.sh arg", ". /opt/prepare.sh"} {
		cluster.Commands = []string{call}
		if plan := decide(t, cluster.JoinWorker); plan.Version != "v1.35.2" {
			t.Errorf("%s: version %q", call, plan.Version)
		}
	}
}

func TestVersions(t *testing.T) {
	for commands, want := range map[string]string{
		"apt-get install -y kubelet=1.36.1-1.1 kubeadm=1.36.1-1.1": "v1.36.1",
		"V=v1.36.2; M=${V%.*}; echo deb https://pkgs.k8s.io/core:/stable:/$M/deb/ / > /etc/apt/sources.list.d/k.list; apt-get install -y kubelet kubeadm": "v1.36",
		"V=v1.36.2; apt-get install -y kubelet=\"${V#v}-*\" kubeadm=\"${V#v}-*\"":                                                                         "v1.36.2",
		"apt-get install -y kubelet=1.35.* kubeadm=1.35.*":                                                                                                "v1.35",
		"curl -LO https://dl.k8s.io/release/v1.34.7/bin/linux/amd64/{kubeadm,kubelet}":                                                                    "v1.34.7",
		"apt-get install -y kubelet kubeadm":                                                                                                              "",
	} {
		cluster := newKubeadm(t)
		cluster.Commands = []string{forward, "apt-get install -y containerd", defaults, edit, restart, commands}
		if plan := decide(t, cluster.JoinWorker); plan.Version != want {
			t.Errorf("%s: version %q, want %q", commands, plan.Version, want)
		}
	}
}

func TestKubeadmConfiguration(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*sample.Kubeadm)
		refusal string
	}{
		"kubeadm chooses the address": {func(k *sample.Kubeadm) { k.AdvertiseAddress = "0.0.0.0" }, ""},
		"advertises 0.0.0.0": {func(k *sample.Kubeadm) {
			address := "0.0.0.0"
			k.APIServerArgs = []bootstrapv1.Arg{{Name: "advertise-address", Value: &address}}
		}, "advertises 0.0.0.0"},
		"probe patch": {func(k *sample.Kubeadm) {
			k.PatchesDirectory = "/etc/kubernetes/patches"
			k.Files = []bootstrapv1.File{{Path: "/etc/kubernetes/patches/kube-apiserver.yaml", Content: "livenessProbe:\n  initialDelaySeconds: 360"}}
		}, "probes"},
		"harmless patch": {func(k *sample.Kubeadm) {
			k.PatchesDirectory = "/etc/kubernetes/patches/"
			k.Files = []bootstrapv1.File{{Path: "/etc/kubernetes/patches/etcd.yaml", Content: "metadata: {}"}}
		}, ""},
		"no port": {func(k *sample.Kubeadm) { k.Endpoint = "127.0.0.1" }, "is not host:port"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newKubeadm(t)
			test.change(cluster)
			wantRefusal(t, render(t, cluster.Init), guest, test.refusal)
		})
	}
}

func TestKeysNeedAUser(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3Nz me@home"
	withKey := guest
	withKey.SSHKeys = []string{key}
	cluster := newKubeadm(t)
	wantRefusal(t, render(t, cluster.Init), withKey, "evroc-user")
	wantRefusal(t, message(appends, "text/jinja2", string(render(t, cluster.Init)),
		[]byte(`#cloud-config`+"\n"+`{"users": ["default", {"name": "evroc-user", "ssh_authorized_keys": ["`+key+`"]}]}`)), withKey, "")
	cluster.Users = []bootstrapv1.User{{Name: "other", SSHAuthorizedKeys: []string{key}}}
	wantRefusal(t, render(t, cluster.Init), withKey, "evroc-user")
	cluster.Users = []bootstrapv1.User{{Name: "evroc-user", SSHAuthorizedKeys: []string{"ssh-ed25519 AAAAC3Nz"}}}
	wantRefusal(t, render(t, cluster.Init), withKey, "")
}

func zipped(data []byte) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(data)
	_ = writer.Close()
	return packed.Bytes()
}

func TestWrapping(t *testing.T) {
	cluster := newKubeadm(t)
	good := render(t, cluster.Init)
	withoutHeader := bytes.TrimPrefix(good, []byte("## template: jinja\n"))
	for name, test := range map[string]struct {
		data    []byte
		refusal string
	}{
		"gzip":                    {zipped(good), ""},
		"broken gzip":             {zipped(good)[:100], "gzip"},
		"nothing":                 {nil, "no user data"},
		"no Jinja header":         {withoutHeader, "can't be the name"},
		"a script":                {[]byte("#!/bin/sh\n"), "neither kubeadm nor RKE2"},
		"no header":               {[]byte("runcmd: []\n"), "instead of #cloud-config"},
		"ignition":                {[]byte(`{"ignition": {"version": "3.4.0"}}`), "Ignition"},
		"no YAML":                 {[]byte("#cloud-config\nruncmd: [\n"), "no cloud-config"},
		"no bootstrap":            {[]byte("#cloud-config\nruncmd: [true]\n"), "neither kubeadm nor RKE2"},
		"unknown Jinja statement": {[]byte("## template: jinja\n#cloud-config\n{% for a in b %}\n"), "statement"},
		"unknown Jinja filter":    {[]byte("## template: jinja\n#cloud-config\na: {{ v1.region | fancy }}\n"), "filter"},
		"open Jinja tag":          {[]byte("## template: jinja\n#cloud-config\na: {{ v1.region\n"), "has no end"},
		"bad base64":              {[]byte("#cloud-config\nwrite_files: [{path: /a, encoding: b64, content: '*'}]\n"), "decoded"},
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, test.data, guest, test.refusal) })
	}
}
