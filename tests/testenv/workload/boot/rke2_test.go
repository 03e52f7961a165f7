package boot_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/sample"
)

var sharedRKE2 = sync.OnceValues(func() (*sample.RKE2, error) { return sample.NewRKE2("127.10.0.1") })

func newRKE2(t *testing.T) *sample.RKE2 {
	t.Helper()
	cluster, err := sharedRKE2()
	if err != nil {
		t.Fatal(err)
	}
	copied := *cluster
	return &copied
}

func TestRKE2Machines(t *testing.T) {
	cluster := newRKE2(t)
	init, server, agent := decide(t, cluster.Init), decide(t, cluster.JoinServer), decide(t, cluster.JoinAgent)
	for plan, role := range map[*boot.Plan]boot.Role{init: boot.Init, server: boot.Join, agent: boot.Worker} {
		if plan.Role != role || plan.RKE2 == nil || plan.RKE2.Token != cluster.Token || plan.Version != "v1.34.2+rke2r1" {
			t.Errorf("%s: %+v", role, plan)
		}
		if !plan.Node.External || keys(plan.Node.Taints) != "node.cloudprovider.kubernetes.io/uninitialized" {
			t.Errorf("%s: %+v", role, plan.Node)
		}
		isServer := plan.Node.Labels["node-role.kubernetes.io/control-plane"] == "true"
		if isServer == (role == boot.Worker) {
			t.Errorf("%s: labels %v", role, plan.Node.Labels)
		}
	}
	if !bytes.Equal(init.ClusterCA.Cert, cluster.CA()) || init.RKE2.EndpointHost != "127.10.0.1" || !init.RKE2.CloudControllerOff {
		t.Errorf("init: %+v", init.RKE2)
	}
	if server.RKE2.Server != "https://127.10.0.1:9345" || agent.RKE2.Server != server.RKE2.Server {
		t.Errorf("the server is %q, %q", server.RKE2.Server, agent.RKE2.Server)
	}
}

func TestRKE2Settings(t *testing.T) {
	cluster := newRKE2(t)
	cluster.Settings = map[string]any{
		"kubelet-arg": []string{"--provider-id=evroc://{{ ds.meta_data.instance_id }}", "cloud-provider=external"},
		"node-label":  []string{"team=a"}, "node-taint": []string{"team=a:NoExecute"}, "node-name": "named", "cni": "none",
	}
	plan := decide(t, cluster.Init)
	node := plan.Node
	if node.ProviderID != "evroc://0000-1111" || !node.External || node.Labels["team"] != "a" ||
		!strings.HasPrefix(keys(node.Taints), "team") || node.Name != "named" || !plan.RKE2.NoCNI {
		t.Errorf("%+v %+v", node, plan.RKE2)
	}
}

func TestRKE2Refusals(t *testing.T) {
	replace := func(from, to string) func(string) string {
		return func(text string) string { return strings.Replace(text, from, to, 1) }
	}
	fromImage := replace("curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.34.2+rke2r1 sh -s - server",
		"INSTALL_RKE2_ARTIFACT_PATH=/opt/rke2-artifacts sh /opt/install.sh")
	for name, test := range map[string]struct {
		change  func(string) string
		refusal string
	}{
		"as it is":            {replace("", ""), ""},
		"from a plain image":  {fromImage, "not in the image"},
		"no installer":        {replace("https://get.rke2.io", "https://example.test"), "installer is not run"},
		"never started":       {replace("systemctl start", "systemctl status"), "neither rke2-server nor rke2-agent"},
		"the other installed": {replace("- server", "- agent"), "rke2-server is started, but the agent is installed"},
		"no config":           {replace("/etc/rancher/rke2/config.yaml", "/etc/rancher/config.yaml"), "is not written"},
		"no token":            {replace("token:", "broken:"), "no token"},
		"no endpoint":         {replace("tls-san:", "san:"), "tls-san"},
		"no client CA":        {replace("tls/client-ca.key", "tls/client.key"), "client-ca is not among"},
		"advertises 0.0.0.0":  {replace("token:", "advertise-address: 0.0.0.0\n    token:"), "advertises 0.0.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			data := render(t, newRKE2(t).Init)
			wantRefusal(t, []byte(test.change(string(data))), guest, test.refusal)
		})
	}
}
