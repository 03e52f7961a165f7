package workload_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/sample"
)

func logTo(t *testing.T) logr.Logger {
	return funcr.New(func(prefix, args string) {
		if t.Context().Err() == nil {
			t.Log(prefix, args)
		}
	}, funcr.Options{})
}

// clientOf returns a client with the cluster's kubeconfig.
func clientOf(t *testing.T, endpoint string, ca []byte) *kubernetes.Clientset {
	t.Helper()
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host: "https://" + endpoint, TLSClientConfig: rest.TLSClientConfig{CAData: ca}, Timeout: 10 * time.Second,
		UserAgent: t.Name(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// nodesVia lists the nodes through the endpoint, as soon as it answers.
func nodesVia(t *testing.T, client *kubernetes.Clientset) []corev1.Node {
	t.Helper()
	var last error
	for end := time.Now().Add(testTimeout); time.Now().Before(end); {
		list, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
		if err == nil {
			return list.Items
		}
		last = err
	}
	t.Fatalf("the endpoint does not answer: %v", last)
	return nil
}

func addToken(t *testing.T, client *kubernetes.Clientset, token string) {
	t.Helper()
	nodesVia(t, client)
	id, secret, _ := strings.Cut(token, ".")
	_, err := client.CoreV1().Secrets("kube-system").Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "bootstrap-token-" + id},
		Type:       "bootstrap.kubernetes.io/token",
		Data:       map[string][]byte{"token-id": []byte(id), "token-secret": []byte(secret)},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

func userData(t *testing.T, render func() ([]byte, error)) []byte {
	t.Helper()
	data, err := render()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// up reports whether exactly these machines have a node.
func up(cloud *workload.Cloud, ids ...string) func() bool {
	return func() bool {
		var found []string
		for _, machine := range cloud.Machines() {
			if machine.Up {
				found = append(found, machine.VM.ID)
			}
		}
		return strings.Join(found, " ") == strings.Join(ids, " ")
	}
}

// kubeadmCluster is a load balancer with three control-plane machines and a
// worker.
type kubeadmCluster struct {
	*sample.Kubeadm
	sim    *sim
	client *kubernetes.Clientset
}

func newKubeadmCluster(t *testing.T, s *sim) *kubeadmCluster {
	t.Helper()
	s.addGroup("control-plane", 6443)
	s.addGroup("worker")
	address := s.addBalancer("api", []int{6443}, "cp-1", "cp-2", "cp-3")
	cluster, err := sample.NewKubeadm(address + ":6443")
	if err != nil {
		t.Fatal(err)
	}
	return &kubeadmCluster{Kubeadm: cluster, sim: s, client: clientOf(t, cluster.Endpoint, cluster.CA())}
}

func (c *kubeadmCluster) addAll(t *testing.T, cloud *workload.Cloud) {
	t.Helper()
	c.sim.addVM("cp-1", "control-plane", userData(t, c.Init))
	await(t, cloud, "the first machine", up(cloud, "cp-1"))
	addToken(t, c.client, c.Token)
	c.sim.addVM("cp-2", "control-plane", userData(t, c.JoinControlPlane))
	c.sim.addVM("cp-3", "control-plane", userData(t, c.JoinControlPlane))
	c.sim.addVM("w-1", "worker", userData(t, c.JoinWorker))
	await(t, cloud, "all machines", up(cloud, "cp-1", "cp-2", "cp-3", "w-1"))
}

func TestKubeadmClusterBehindABalancer(t *testing.T) {
	s := startSim(t, "127.101.0.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	cluster.addAll(t, cloud)
	nodes := nodesVia(t, cluster.client)
	if len(nodes) != 4 {
		t.Fatalf("%d nodes", len(nodes))
	}
	for _, node := range nodes {
		if node.Spec.ProviderID != "" || node.Status.NodeInfo.KubeletVersion != "v1.36.3" {
			t.Errorf("node %s: %+v", node.Name, node.Spec)
		}
		if !hasTaint(node, "node.cloudprovider.kubernetes.io/uninitialized") {
			t.Errorf("node %s is not uninitialized: %v", node.Name, node.Spec.Taints)
		}
		if isWorker := node.Name == "w-1"; isWorker == hasTaint(node, "node-role.kubernetes.io/control-plane") {
			t.Errorf("node %s: taints %v", node.Name, node.Spec.Taints)
		}
		if len(node.Status.Addresses) != 2 || node.Status.Addresses[1].Type != corev1.NodeInternalIP {
			t.Errorf("node %s: addresses %v", node.Name, node.Status.Addresses)
		}
	}
	pods, err := cluster.client.CoreV1().Pods("kube-system").List(t.Context(), metav1.ListOptions{LabelSelector: "tier=control-plane"})
	if err != nil || len(pods.Items) != 12 {
		t.Errorf("%d static pods, %v", len(pods.Items), err)
	}
}

func hasTaint(node corev1.Node, key string) bool {
	for _, taint := range node.Spec.Taints {
		if taint.Key == key {
			return true
		}
	}
	return false
}

func TestAMachineThatGoesTakesItsNodeAlongAndOneThatStopsDoesNot(t *testing.T) {
	s := startSim(t, "127.101.1.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	cluster.addAll(t, cloud)
	s.act("cp-1", "vanish")
	await(t, cloud, "the lost control-plane machine", up(cloud, "cp-2", "cp-3", "w-1"))
	s.act("w-1", "stop")
	await(t, cloud, "the stopped worker", up(cloud, "cp-2", "cp-3"))
	// The node of a machine that is off stops reporting; only a machine that is
	// gone has no node.
	await(t, cloud, "the nodes that are left", func() bool {
		return len(nodesVia(t, cluster.client)) == 3
	})
	stopped, err := cluster.client.CoreV1().Nodes().Get(t.Context(), "w-1", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, condition := range stopped.Status.Conditions {
		if condition.Status != corev1.ConditionUnknown {
			t.Errorf("the stopped node says %+v", condition)
		}
	}
	// The machine joins again without its token.
	if err := cluster.client.CoreV1().Secrets("kube-system").Delete(t.Context(), "bootstrap-token-abcdef", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.act("w-1", "start")
	await(t, cloud, "the worker that is back", up(cloud, "cp-2", "cp-3", "w-1"))
	for _, id := range []string{"cp-2", "cp-3", "w-1"} {
		s.act(id, "vanish")
	}
	await(t, cloud, "the end of the cluster", func() bool { return len(cloud.Endpoints()) == 0 })
}

func TestAJoinWithoutItsTokenWaitsAndFails(t *testing.T) {
	s := startSim(t, "127.101.2.0/24")
	cloud := start(t, s, func(o *workload.Options) { o.JoinTimeout = 300 * time.Millisecond })
	cluster := newKubeadmCluster(t, s)
	s.addVM("cp-1", "control-plane", userData(t, cluster.Init))
	await(t, cloud, "the first machine", up(cloud, "cp-1"))
	nodesVia(t, cluster.client)
	s.addVM("w-1", "worker", userData(t, cluster.JoinWorker))
	await(t, cloud, "the refusal", func() bool {
		return strings.Contains(cloud.Refusals()["demo/w-1"], "token abcdef is not in the cluster")
	})
}

// The new machine gets no address of a server: it needs the endpoint.
func TestAClusterThatTheBalancerDoesNotReachDoesNotComeUp(t *testing.T) {
	s := startSim(t, "127.101.3.0/24")
	cloud := start(t, s, func(o *workload.Options) { o.JoinTimeout = 300 * time.Millisecond })
	cluster := newKubeadmCluster(t, s)
	s.addVM("cp-1", "worker", userData(t, cluster.Init))
	await(t, cloud, "the first machine", up(cloud, "cp-1"))
	s.addVM("w-1", "worker", userData(t, cluster.JoinWorker))
	await(t, cloud, "the refusal", func() bool { return strings.Contains(cloud.Refusals()["demo/w-1"], "cluster-info") })
}

func TestRefusalsAreKept(t *testing.T) {
	s := startSim(t, "127.101.4.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	cluster.Commands = append(cluster.Commands[:5:5], "systemctl enable --now containerd", cluster.Commands[6])
	s.addVM("cp-1", "control-plane", userData(t, cluster.Init), "ssh-ed25519 AAAA")
	await(t, cloud, "the refusal", func() bool { return cloud.Refusals()["demo/cp-1"] != "" })
	reason := cloud.Refusals()["demo/cp-1"]
	if !strings.Contains(reason, "not restarted") || !strings.Contains(reason, "SSH key") {
		t.Errorf("the reason is %q", reason)
	}
	if _, err := cloud.Nodes(cluster.Endpoint); err == nil {
		t.Error("there is a cluster")
	}
}

func TestKubeletStopsAndStarts(t *testing.T) {
	s := startSim(t, "127.101.5.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	s.addVM("cp-1", "control-plane", userData(t, cluster.Init))
	await(t, cloud, "the first machine", up(cloud, "cp-1"))
	for _, stopped := range []bool{true, false} {
		act, want := cloud.StartKubelet, corev1.ConditionTrue
		if stopped {
			act, want = cloud.StopKubelet, corev1.ConditionUnknown
		}
		if err := act("demo/cp-1"); err != nil {
			t.Fatal(err)
		}
		node := nodesVia(t, cluster.client)[0]
		if ready := node.Status.Conditions[3]; ready.Type != corev1.NodeReady || ready.Status != want || hasTaint(node, corev1.TaintNodeUnreachable) != stopped {
			t.Errorf("stopped %t: %+v %v", stopped, ready, node.Spec.Taints)
		}
	}
	if cloud.StopKubelet("nobody") == nil {
		t.Error("stopped the kubelet of nobody")
	}
}

// A new Cloud finds its clusters through the machines that run.
func TestRestart(t *testing.T) {
	s := startSim(t, "127.101.6.0/24")
	first := start(t, s)
	cluster := newKubeadmCluster(t, s)
	cluster.addAll(t, first)
	nodesVia(t, cluster.client)
	list, err := cluster.client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.act("cp-1", "vanish")
	await(t, first, "the lost machine", up(first, "cp-2", "cp-3", "w-1"))
	first.Stop()
	second := start(t, s)
	await(t, second, "the machines after the restart", up(second, "cp-2", "cp-3", "w-1"))
	if nodes := nodesVia(t, cluster.client); len(nodes) != 3 {
		t.Errorf("%d nodes", len(nodes))
	}
	// Lists count per client: this one has not listed since.
	other := clientOf(t, cluster.Endpoint, cluster.CA())
	watchFrom := func(client *kubernetes.Clientset, version string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		stream, err := client.CoreV1().ConfigMaps("kube-system").Watch(ctx, metav1.ListOptions{ResourceVersion: version})
		if err == nil {
			stream.Stop()
		}
		return err
	}
	if err := watchFrom(other, list.ResourceVersion); !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		t.Errorf("an old watch goes on: %v", err)
	}
	fresh, err := other.CoreV1().ConfigMaps("kube-system").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := watchFrom(other, fresh.ResourceVersion); err != nil {
		t.Errorf("a new watch is refused: %v", err)
	}
}

// Nodes stay while the simulator is down for a while.
func TestTheSimulatorRestarts(t *testing.T) {
	s := startSim(t, "127.101.8.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	cluster.addAll(t, cloud)
	s.restart()
	if nodes := nodesVia(t, cluster.client); len(nodes) != 4 {
		t.Errorf("%d nodes", len(nodes))
	}
	s.act("w-1", "vanish")
	await(t, cloud, "the lost worker", up(cloud, "cp-1", "cp-2", "cp-3"))
}

func TestAnswersOfTheAPIServer(t *testing.T) {
	s := startSim(t, "127.101.7.0/24")
	cloud := start(t, s)
	cluster := newKubeadmCluster(t, s)
	s.addVM("cp-1", "control-plane", userData(t, cluster.Init))
	await(t, cloud, "the first machine", up(cloud, "cp-1"))
	nodesVia(t, cluster.client)
	ctx, nodes := t.Context(), cluster.client.CoreV1().Nodes()
	version, err := cluster.client.Discovery().ServerVersion()
	if err != nil || version.GitVersion != "v1.36.3" || version.Minor != "36" {
		t.Errorf("version %+v, %v", version, err)
	}
	if body, err := cluster.client.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err != nil || string(body) != "ok" {
		t.Errorf("readyz %q, %v", body, err)
	}
	patch := []byte(`{"spec": {"providerID": "evroc://x"}, "status": {"addresses": [{"type": "ExternalIP", "address": "192.0.2.1"}]}}`)
	if _, err := nodes.Patch(ctx, "nobody", types.MergePatchType, patch, metav1.PatchOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("patch of nobody: %v", err)
	}
	node, err := nodes.Patch(ctx, "cp-1", types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil || node.Spec.ProviderID != "evroc://x" || len(node.Status.Addresses) != 2 {
		t.Errorf("patch: %+v, %v", node, err)
	}
	if known, err := cloud.Nodes(cluster.Endpoint); err != nil || len(known) != 1 || known[0].Spec.ProviderID != "evroc://x" {
		t.Errorf("nodes: %v, %v", known, err)
	}
	node, err = nodes.Patch(ctx, "cp-1", types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil || len(node.Status.Addresses) != 1 {
		t.Errorf("patch of the status: %+v, %v", node, err)
	}
	if _, err := cluster.client.CoordinationV1().Leases("default").List(ctx, metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("leases: %v", err)
	}
	stale := node.DeepCopy()
	stale.ResourceVersion = "1"
	if _, err := nodes.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("stale update: %v", err)
	}
}
