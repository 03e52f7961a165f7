package workload_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/intervals"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// eventually polls the management cluster.
func eventually(t *testing.T, what string, condition func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if err = condition(); err == nil {
			t.Logf("%s: done", what)
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// managed runs the real Cluster API with simulated workload clusters and a
// minimal infrastructure provider.
type managed struct {
	*provider
	cloud    *workload.Cloud
	endpoint string
}

func newManaged(t *testing.T, dataPlane string, ports ...int) *managed {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	s := startSim(t, dataPlane)
	program, err := testenv.Start(t.Context(), testenv.Options{
		Dir: t.TempDir(), Binaries: binaries.ForTest(t), Manifests: []string{"../../../deploy/crd"},
		RKE2: true, RKE2Options: rke2.Options{Intervals: shortIntervals},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Stop() })
	kube, err := client.New(program.Management.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cloud := start(t, s)
	s.addGroup("control-plane", ports...)
	s.addGroup("worker")
	host := s.addBalancer("api", ports)
	p := &provider{t: t, sim: s, kube: kube, host: host, pool: map[string]bool{}, made: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() { defer close(finished); p.run(ctx) }()
	t.Cleanup(func() { cancel(); <-finished })
	return &managed{provider: p, cloud: cloud, endpoint: host + ":6443"}
}

var shortIntervals = intervals.Intervals{
	BootstrapData: time.Second, Initialize: time.Second, Preflight: time.Second, Deleting: time.Second, Scaled: time.Second,
}

func (m *managed) create(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		eventually(t, "create "+object.GetKind(), func() error {
			return client.IgnoreAlreadyExists(m.kube.Create(t.Context(), object))
		})
	}
}

func (m *managed) complete(t *testing.T, what string, machines int, version string) {
	t.Helper()
	eventually(t, what, func() error { return complete(t.Context(), m.kube, m.cloud, m.endpoint, machines, version) })
}

func (m *managed) edit(t *testing.T, kind schema.GroupVersionKind, patch string) {
	t.Helper()
	object := listOf(t.Context(), m.kube, kind)[0]
	if err := m.patch(t.Context(), &object, false, "%s", patch); err != nil {
		t.Fatal(err)
	}
}

func (m *managed) delete(t *testing.T) {
	t.Helper()
	cluster := listOf(t.Context(), m.kube, clusterKind)[0]
	if err := m.kube.Delete(t.Context(), &cluster); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deletion", func() error {
		if left := len(listOf(t.Context(), m.kube, clusterKind)) + len(m.cloud.Machines()) + len(m.cloud.Endpoints()); left > 0 {
			return fmt.Errorf("%d objects left", left)
		}
		return nil
	})
}

// Cluster API's managers make, upgrade and delete a cluster.
func TestKubeadmUnderClusterAPI(t *testing.T) {
	t.Parallel()
	m := newManaged(t, "127.103.0.0/24", 6443)
	m.create(t, clusterDocuments(t, documents))
	m.complete(t, "the cluster of 3 + 1", 4, "v1.36.0")
	m.edit(t, controlPlaneKind, `{"spec": {"version": "v1.36.1"}}`)
	m.edit(t, deploymentKind, `{"spec": {"template": {"spec": {"version": "v1.36.1"}}}}`)
	m.complete(t, "the upgrade", 4, "v1.36.1")
	m.delete(t)
}

// The fake RKE2 provider does the same, and removes servers from etcd.
func TestRKE2UnderClusterAPI(t *testing.T) {
	t.Parallel()
	m := newManaged(t, "127.103.1.0/24", 6443, 9345)
	m.create(t, clusterDocuments(t, rke2Documents))
	m.complete(t, "the cluster of 3 + 1", 4, "v1.34.2+rke2r1")
	m.edit(t, rke2PlaneKind, `{"spec": {"replicas": 1}}`)
	m.complete(t, "one server less, twice", 2, "v1.34.2+rke2r1")
	m.delete(t)
}

var (
	clusterKind      = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"}
	machineKind      = clusterKind.GroupVersion().WithKind("Machine")
	deploymentKind   = clusterKind.GroupVersion().WithKind("MachineDeployment")
	rke2PlaneKind    = schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io", Version: "v1beta2", Kind: "RKE2ControlPlane"}
	controlPlaneKind = schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io", Version: "v1beta2", Kind: "KubeadmControlPlane"}
)

// complete checks that there is that number of machines of the version, each
// with its node, in a cluster that is available.
func complete(ctx context.Context, kube client.Client, cloud *workload.Cloud, endpoint string, count int, version string) error {
	if refusals := cloud.Refusals(); len(refusals) > 0 {
		return fmt.Errorf("refused: %v", refusals)
	}
	machines := listOf(ctx, kube, machineKind)
	if len(machines) != count {
		return fmt.Errorf("%d machines", len(machines))
	}
	for _, machine := range machines {
		if err := machineComplete(machine, version); err != nil {
			return err
		}
	}
	nodes, err := cloud.Nodes(endpoint)
	if err != nil || len(nodes) != count {
		return fmt.Errorf("%d nodes, %w", len(nodes), err)
	}
	for _, node := range nodes {
		if node.Status.NodeInfo.KubeletVersion != version {
			return fmt.Errorf("node %s has %s", node.Name, node.Status.NodeInfo.KubeletVersion)
		}
	}
	return isTrue(listOf(ctx, kube, clusterKind)[0], "Available")
}

func machineComplete(machine unstructured.Unstructured, version string) error {
	if has, _, _ := unstructured.NestedString(machine.Object, "spec", "version"); has != version {
		return fmt.Errorf("machine %s has version %s", machine.GetName(), has)
	}
	if node, _, _ := unstructured.NestedString(machine.Object, "status", "nodeRef", "name"); node == "" {
		return fmt.Errorf("machine %s has no node", machine.GetName())
	}
	return isTrue(machine, "Ready")
}

func isTrue(object unstructured.Unstructured, kind string) error {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if ok && condition["type"] == kind && condition["status"] == "True" {
			return nil
		}
		if ok && condition["type"] == kind {
			return fmt.Errorf("%s %s: %s is %v: %v", object.GetKind(), object.GetName(), kind, condition["status"], condition["message"])
		}
	}
	return fmt.Errorf("%s %s has no condition %s", object.GetKind(), object.GetName(), kind)
}
