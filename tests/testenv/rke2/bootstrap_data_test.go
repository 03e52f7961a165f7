package rke2_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/yaml"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// document is the user data as a node reads it.
type document struct {
	WriteFiles []struct {
		Path, Permissions, Content string
	} `json:"write_files"`
	Commands []string `json:"runcmd"`
}

func (d document) file(path string) string {
	for _, file := range d.WriteFiles {
		if file.Path == path {
			return file.Content
		}
	}
	return ""
}

// options returns RKE2's configuration in the document.
func (d document) options(t *testing.T) map[string]any {
	t.Helper()
	var options map[string]any
	if err := yaml.Unmarshal([]byte(d.file("/etc/rancher/rke2/config.yaml")), &options); err != nil {
		t.Fatal("read config.yaml:", err)
	}
	return options
}

func parse(t *testing.T, data []byte) document {
	t.Helper()
	var d document
	if err := yaml.Unmarshal(data, &d); err != nil {
		t.Fatal("read the user data:", err)
	}
	return d
}

// dataOf waits for the user data of a configuration.
func (f *fixture) dataOf(config string) *corev1.Secret {
	f.t.Helper()
	secret := &corev1.Secret{}
	f.until("the user data", func() error { return f.get(config, secret) })
	return secret
}

func (f *fixture) firstServer() clusterv1.Machine {
	f.t.Helper()
	f.until("the first server", f.machineCount(1))
	return f.machines()[0]
}

func TestTheFirstServersData(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.provision()
	machine := f.firstServer()
	secret := f.dataOf(machine.Spec.Bootstrap.ConfigRef.Name)
	if secret.Type != clusterv1.ClusterSecretType ||
		secret.Labels[clusterv1.ClusterNameLabel] != clusterName ||
		string(secret.Data["format"]) != "cloud-config" || len(secret.Data) != 2 {
		t.Errorf("type %s, labels %v, %d keys", secret.Type, secret.Labels, len(secret.Data))
	}
	f.checkOwner(secret, "RKE2Config")
	data := secret.Data["value"]
	if !bytes.HasPrefix(data, []byte("## template: jinja\n#cloud-config\n")) {
		t.Errorf("begins with %q", data[:40])
	}
	if len(data) < 11000 || len(data) > 17000 {
		t.Errorf("%d bytes", len(data))
	}
	d := parse(t, data)
	options := d.options(t)
	if _, found := options["server"]; found {
		t.Error("the first server has a server to join")
	}
	if options["token"] != string(f.secret("-token").Data["value"]) {
		t.Errorf("token %v", options["token"])
	}
	for file, suffix := range map[string]string{
		"server-ca": "-ca", "client-ca": "-cca", "etcd/peer-ca": "-peer-etcd", "etcd/server-ca": "-etcd",
	} {
		path := "/var/lib/rancher/rke2/server/tls/" + file
		pair := f.secret(suffix).Data
		if d.file(path+".crt") != string(pair[corev1.TLSCertKey]) ||
			d.file(path+".key") != string(pair[corev1.TLSPrivateKeyKey]) {
			t.Errorf("%s is not the authority of Secret %s", file, suffix)
		}
	}
}

// worker makes a worker Machine with its configuration, as core does.
func (f *fixture) worker(name string, change func(*bootstrapv1.RKE2Config)) *clusterv1.Machine {
	f.t.Helper()
	machine := foreignMachine(name)
	f.create(machine)
	config := &bootstrapv1.RKE2Config{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{clusterv1.ClusterNameLabel: clusterName},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(
			machine, clusterv1.GroupVersion.WithKind("Machine"))},
	}}
	if change != nil {
		change(config)
	}
	f.create(config)
	infra := newInfra("EvrocMachine")
	infra.SetName(name)
	infra.Object["spec"] = map[string]any{"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1"}
	f.create(infra)
	return machine
}

func (f *fixture) noData(config string) {
	f.t.Helper()
	if err := f.get(config, &corev1.Secret{}); !apierrors.IsNotFound(err) {
		f.t.Errorf("user data of %s: %v, want not found", config, err)
	}
}

func TestNoWorkersDataBeforeInitialized(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	f.worker("worker", nil)
	f.settleData()
	f.noData("worker")
	f.workload.serve(true)
	f.until("initialized", func() error {
		cluster := &clusterv1.Cluster{}
		f.mustGet(clusterName, cluster)
		if !isTrue(cluster, clusterv1.ClusterControlPlaneInitializedCondition) {
			return errors.New("not yet")
		}
		return nil
	})
	f.settleData()
	f.noData("worker") // no server is ready: no address to join
	f.core.fallback = toReady
	f.dataOf("worker")
}

func TestTheFieldWithoutTheConditionIsNotEnough(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.noCondition = true
	f.build(1)
	f.provision()
	f.workload.serve(true)
	f.until("a ready server", f.readyServers(1))
	f.worker("worker", nil)
	f.settleData()
	f.noData("worker")
}

func TestOnlyOneFirstServer(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.build(1)
	f.provision()
	first := f.firstServer()
	f.dataOf(first.Spec.Bootstrap.ConfigRef.Name)
	second := f.worker("second", nil)
	update(f, second.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		m.OwnerReferences = first.OwnerReferences
	})
	f.settleData()
	f.noData("second")
	lock := &corev1.ConfigMap{}
	f.mustGet(clusterName+"-lock", lock)
	if !strings.Contains(lock.Data["lock-information"], first.Name) {
		t.Errorf("the lock is %v", lock.Data)
	}
}

func TestJoinersAndAgents(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.ServerConfig.CloudProviderName = "external"
	})
	f.worker("worker", func(c *bootstrapv1.RKE2Config) {
		c.Spec.AgentConfig.NodeLabels = []string{"kind=agent"}
	})
	lock := &corev1.ConfigMap{}
	if err := f.get(clusterName+"-lock", lock); !apierrors.IsNotFound(err) {
		t.Errorf("the lock is still there: %v", err)
	}
	joiner := ""
	for _, config := range f.configs() {
		if len(f.dataOf(config.Name).Data["value"]) < 8000 && config.Name != "worker" {
			joiner = config.Name
		}
	}
	for name, command := range map[string]string{
		joiner:   "curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=" + oldVersion + " sh -s - server",
		"worker": "curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=" + oldVersion + " INSTALL_RKE2_TYPE=agent sh -s -",
	} {
		data := f.dataOf(name).Data["value"]
		if bytes.Contains(data, []byte("BEGIN CERTIFICATE")) {
			t.Errorf("%s has authorities", name)
		}
		d := parse(t, data)
		options := d.options(t)
		if options["server"] != "https://"+endpoint+":9345" ||
			options["token"] != string(f.secret("-token").Data["value"]) ||
			options["cloud-provider-name"] != "external" {
			t.Errorf("%s: %v", name, options)
		}
		if d.Commands[0] != command {
			t.Errorf("%s installs with %q", name, d.Commands[0])
		}
	}
}

func TestGzippedData(t *testing.T) {
	f := newFixture(t, noSwitches)
	yes := true
	f.build(1, func(p *controlplanev1.RKE2ControlPlane) { p.Spec.GzipUserData = &yes })
	f.provision()
	secret := f.dataOf(f.firstServer().Spec.Bootstrap.ConfigRef.Name)
	if string(secret.Data["format"]) != "cloud-config" {
		t.Errorf("format %s", secret.Data["format"])
	}
	reader, err := gzip.NewReader(bytes.NewReader(secret.Data["value"]))
	if err != nil {
		t.Fatal("not gzip:", err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal("unpack:", err)
	}
	if !strings.HasPrefix(string(plain), "## template: jinja\n") ||
		parse(t, plain).options(t)["token"] == nil {
		t.Error("not the plain form")
	}
}

func TestDataIsRenderedOnce(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	f.worker("worker", nil)
	before := f.dataOf("worker").ResourceVersion
	f.until("its status", func() error {
		config := &bootstrapv1.RKE2Config{}
		f.mustGet("worker", config)
		if name := config.Status.DataSecretName; name == nil || *name != "worker" ||
			!isTrue(config, "DataSecretAvailable") || !isTrue(config, "Ready") {
			return fmt.Errorf("status %+v", config.Status)
		}
		return nil
	})
	f.setEndpoint("203.0.113.99")
	f.until("the new address", func() error {
		if ips := f.plane().Status.AvailableServerIPs; len(ips) != 1 || ips[0] != "203.0.113.99" {
			return fmt.Errorf("addresses %v", ips)
		}
		return nil
	})
	f.settleData()
	if after := f.dataOf("worker").ResourceVersion; after != before {
		t.Error("the data was written again")
	}
}

func TestAFaultyConfigurationSaysSo(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	f.worker("worker", func(c *bootstrapv1.RKE2Config) {
		c.Spec.Files = []bootstrapv1.File{{Path: "/etc/motd", ContentFrom: &bootstrapv1.FileSource{
			Secret: &bootstrapv1.FileSourceRef{Name: "motd", Key: "text"},
		}}}
	})
	f.until("the failure", func() error {
		config := &bootstrapv1.RKE2Config{}
		f.mustGet("worker", config)
		for _, c := range config.Status.Conditions {
			if c.Type == "Ready" && strings.Contains(c.Message, "/etc/motd") {
				return nil
			}
		}
		return fmt.Errorf("conditions %v", config.Status.Conditions)
	})
	f.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "motd"}, Data: map[string][]byte{"text": []byte("hello")},
	})
	if got := parse(t, f.dataOf("worker").Data["value"]).file("/etc/motd"); got != "hello" {
		t.Errorf("the file has %q", got)
	}
}
