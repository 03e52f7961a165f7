package workload_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/sample"
)

type rke2Cluster struct {
	*sample.RKE2
	sim    *sim
	client *kubernetes.Clientset
}

// newRKE2Cluster makes a load balancer on 6443 and 9345, both checked on 6443.
func newRKE2Cluster(t *testing.T, s *sim, groupPorts ...int) *rke2Cluster {
	t.Helper()
	s.addGroup("server", groupPorts...)
	s.addGroup("agent")
	address := s.addBalancer("api", []int{6443, 9345}, "s-1", "s-2", "s-3")
	cluster, err := sample.NewRKE2(address)
	if err != nil {
		t.Fatal(err)
	}
	return &rke2Cluster{RKE2: cluster, sim: s, client: clientOf(t, address+":6443", cluster.CA())}
}

func (c *rke2Cluster) addAll(t *testing.T, cloud *workload.Cloud) map[string]corev1.Node {
	t.Helper()
	c.sim.addVM("s-1", "server", userData(t, c.Init))
	await(t, cloud, "the first server", up(cloud, "s-1"))
	c.sim.addVM("s-2", "server", userData(t, c.JoinServer))
	c.sim.addVM("s-3", "server", userData(t, c.JoinServer))
	c.sim.addVM("a-1", "agent", userData(t, c.JoinAgent))
	await(t, cloud, "all machines", up(cloud, "a-1", "s-1", "s-2", "s-3"))
	nodes := map[string]corev1.Node{}
	for _, node := range nodesVia(t, c.client) {
		nodes[node.Name] = node
	}
	return nodes
}

func TestRKE2ClusterBehindABalancer(t *testing.T) {
	s := startSim(t, "127.102.0.0/24")
	cloud := start(t, s)
	cluster := newRKE2Cluster(t, s, 6443, 9345)
	nodes := cluster.addAll(t, cloud)
	if len(nodes) != 4 {
		t.Fatalf("%d nodes", len(nodes))
	}
	for name, node := range nodes {
		if node.Spec.ProviderID != "" || !hasTaint(node, "node.cloudprovider.kubernetes.io/uninitialized") ||
			node.Status.NodeInfo.KubeletVersion != "v1.34.2+rke2r1" {
			t.Errorf("node %s: %+v", name, node)
		}
		isServer := node.Labels["node-role.kubernetes.io/control-plane"] == "true" && node.Labels["node-role.kubernetes.io/etcd"] == "true"
		if isServer != strings.HasPrefix(name, "s-") {
			t.Errorf("node %s: labels %v", name, node.Labels)
		}
	}
	serving, err := cluster.client.CoreV1().Secrets("kube-system").Get(t.Context(), "rke2-serving", metav1.GetOptions{})
	if err != nil || len(serving.Data["tls.crt"]) == 0 {
		t.Errorf("rke2-serving: %v, %v", serving, err)
	}
}

func TestRKE2RemovesAnEtcdMemberWhenAsked(t *testing.T) {
	s := startSim(t, "127.102.1.0/24")
	cloud := start(t, s)
	cluster := newRKE2Cluster(t, s, 6443, 9345)
	cluster.addAll(t, cloud)
	ask := []byte(`{"metadata": {"annotations": {"etcd.rke2.cattle.io/remove": "true"}}}`)
	if _, err := cluster.client.CoreV1().Nodes().Patch(t.Context(), "s-2", types.MergePatchType, ask, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	node, err := cluster.client.CoreV1().Nodes().Get(t.Context(), "s-2", metav1.GetOptions{})
	if err != nil || !strings.HasPrefix(node.Annotations["etcd.rke2.cattle.io/removed-node-name"], "s-2-") {
		t.Errorf("annotations %v, %v", node.Annotations, err)
	}
	pods, err := cluster.client.CoreV1().Pods("kube-system").List(t.Context(), metav1.ListOptions{LabelSelector: "component=etcd"})
	if err != nil || len(pods.Items) != 2 {
		t.Errorf("%d etcd members, %v", len(pods.Items), err)
	}
}

// If RKE2's own cloud controller is enabled, it sets the provider ids (traps.md D1).
func TestRKE2CloudController(t *testing.T) {
	s := startSim(t, "127.102.2.0/24")
	cloud := start(t, s)
	cluster := newRKE2Cluster(t, s, 6443, 9345)
	cluster.Settings = map[string]any{"cni": "none"}
	nodes := cluster.addAll(t, cloud)
	for name, node := range nodes {
		if node.Spec.ProviderID != "rke2://"+name || hasTaint(node, "node.cloudprovider.kubernetes.io/uninitialized") {
			t.Errorf("node %s: %+v", name, node.Spec)
		}
		if ready := node.Status.Conditions[3]; ready.Status != corev1.ConditionFalse {
			t.Errorf("node %s is ready without a network", name)
		}
	}
}

func TestRKE2NeedsItsPortAndItsToken(t *testing.T) {
	short := func(o *workload.Options) { o.JoinTimeout = 500 * time.Millisecond }
	t.Run("port", func(t *testing.T) {
		s := startSim(t, "127.102.3.0/24")
		cloud := start(t, s, short)
		cluster := newRKE2Cluster(t, s, 6443)
		s.addVM("s-1", "server", userData(t, cluster.Init))
		await(t, cloud, "the first server", up(cloud, "s-1"))
		nodesVia(t, cluster.client)
		s.addVM("s-2", "server", userData(t, cluster.JoinServer))
		await(t, cloud, "the refusal", func() bool { return strings.Contains(cloud.Refusals()["demo/s-2"], "read the CA from") })
	})
	t.Run("token", func(t *testing.T) {
		s := startSim(t, "127.102.4.0/24")
		cloud := start(t, s)
		cluster := newRKE2Cluster(t, s, 6443, 9345)
		s.addVM("s-1", "server", userData(t, cluster.Init))
		await(t, cloud, "the first server", up(cloud, "s-1"))
		cluster.Token = "another"
		s.addVM("a-1", "agent", userData(t, cluster.JoinAgent))
		await(t, cloud, "the refusal", func() bool { return strings.Contains(cloud.Refusals()["demo/a-1"], "refuses the token") })
	})
}

// A node registers at a server's own address in the VPC.
func TestRKE2JoinsAtAServersAddress(t *testing.T) {
	s := startSim(t, "127.102.6.0/24")
	cloud := start(t, s)
	cluster := newRKE2Cluster(t, s, 6443)
	s.addVM("s-1", "server", userData(t, cluster.Init))
	await(t, cloud, "the first server", up(cloud, "s-1"))
	cluster.ServerHost = cloud.Machines()[0].VM.PrivateIPv4
	s.addVM("s-2", "server", userData(t, cluster.JoinServer))
	s.addVM("a-1", "agent", userData(t, cluster.JoinAgent))
	await(t, cloud, "the joiners", up(cloud, "a-1", "s-1", "s-2"))
}

func TestRKE2Restart(t *testing.T) {
	s := startSim(t, "127.102.5.0/24")
	first := start(t, s)
	cluster := newRKE2Cluster(t, s, 6443, 9345)
	cluster.addAll(t, first)
	first.Stop()
	second := start(t, s)
	await(t, second, "the machines after the restart", up(second, "a-1", "s-1", "s-2", "s-3"))
	if nodes := nodesVia(t, cluster.client); len(nodes) != 4 {
		t.Errorf("%d nodes", len(nodes))
	}
}
