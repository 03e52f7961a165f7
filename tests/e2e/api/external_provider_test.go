package api

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

const externalCloudProvider = "infrastructure.cluster.x-k8s.io/external-cloud-provider"

// The provider ID of a cluster with RKE2's own cloud controller is the Node's,
// as the official provider takes it over. The API server plays the workload
// cluster; that of another cluster has a Node of the same name and address.
func TestIM06TheProviderIDComesFromTheNode(t *testing.T) {
	f := newFixture(t)
	c := externalCluster(f, "c")
	other := externalCluster(f, "other")
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	neighbour := other.NewMachine("n", e2e.MachineOptions{})
	awaitsNode(m, "WaitingForKubeconfig")
	awaitsNode(neighbour, "WaitingForKubeconfig")

	wrong := nodeOf(m, "rke2://wrong")
	kubeconfig(other, nodesAPI(t, wrong, nodeOf(neighbour, "rke2://neighbour")))
	kubeconfig(c, e2e.SharedAPI(t).Config)
	if id := neighbour.Provisioned().View().Spec.ProviderID; id != "rke2://neighbour" {
		t.Errorf("the neighbour's provider ID is %q", id)
	}
	awaitsNode(m, "WaitingForNode")

	node := nodeOf(m, "")
	status := node.Status
	f.Do(f.Create(t.Context(), node))
	t.Cleanup(func() { _ = f.Client.Delete(context.Background(), node) })
	node.Status = status
	f.Do(f.Client.Status().Update(t.Context(), node))
	awaitsNode(m, "WaitingForNodeProviderID")

	id := "rke2://" + node.Name
	f.Do(f.Client.Patch(t.Context(), node, client.RawPatch(types.MergePatchType,
		[]byte(`{"spec": {"providerID": "`+id+`"}}`))))
	v := m.Provisioned().View()
	if v.Spec.ProviderID != id {
		t.Errorf("provider ID %q, want %q", v.Spec.ProviderID, id)
	}
	m.Until("is linked", func(v e2e.MachineView) error { return v.Status.Is("NodeLinked", "True") })
	f.Do(f.Get(t.Context(), client.ObjectKeyFromObject(node), node))
	if len(node.Spec.Taints) == 0 || node.Labels["topology.kubernetes.io/zone"] != "" {
		t.Errorf("the Node was written: taints %v, labels %v", node.Spec.Taints, node.Labels)
	}
	c.TearDown(m)
	other.TearDown(neighbour)
	f.NothingLeft()
}

// A Node that has the VM's name but not its addresses is told, and not taken.
func TestIM06ANodeAtOtherAddressesIsNotTheMachines(t *testing.T) {
	f := newFixture(t)
	c := externalCluster(f, "c")
	m := c.NewMachine("m", e2e.MachineOptions{})
	awaitsNode(m, "WaitingForKubeconfig")
	wrong := nodeOf(m, "rke2://wrong")
	wrong.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "192.0.2.7"}}
	kubeconfig(c, nodesAPI(t, wrong))
	awaitsNode(m, "NodeOfAnotherMachine")
	c.TearDown(m)
	f.NothingLeft()
}

// Machines from before the annotation keep their provider ID, and machines that
// still await their Node get one of ours when it is removed.
func TestTheExternalCloudProviderComesAndGoes(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: withoutInitialiser}).Provisioned()
	old := c.NewMachine("old", e2e.MachineOptions{}).Provisioned()
	id := old.View().Spec.ProviderID
	c.PatchEvroc(`{"metadata": {"annotations": {"` + externalCloudProvider + `": "true"}}}`)
	fresh := c.NewMachine("fresh", e2e.MachineOptions{})
	awaitsNode(fresh, "WaitingForKubeconfig")
	old.Until("awaits its Node", func(v e2e.MachineView) error {
		return e2e.Both(v.Status.Is("NodeLinked", "Unknown"), v.Status.Is("Ready", "True"))
	})
	if got := old.View().Spec.ProviderID; got != id {
		t.Errorf("provider ID %s became %s", id, got)
	}
	c.PatchEvroc(`{"metadata": {"annotations": {"` + externalCloudProvider + `": null}}}`)
	if got := fresh.Provisioned().View().Spec.ProviderID; !strings.HasPrefix(got, "evroc://") {
		t.Errorf("provider ID %s", got)
	}
	c.TearDown(old, fresh)
	f.NothingLeft()
}

// A VM that vanishes before its Node had a provider ID is not made again, and
// the machine is deleted by its owner labels.
func TestB1AVMThatVanishesBeforeItsNodeIsNotMadeAgain(t *testing.T) {
	f := drifting(t)
	c := externalCluster(f, "c")
	m := c.NewMachine("m", e2e.MachineOptions{})
	awaitsNode(m, "WaitingForKubeconfig")
	m.Act(cloud.Vanish)
	lost := func(v e2e.MachineView) error {
		return e2e.Both(isNotReady(v), e2e.That(v.Status.State == "Lost", "state %s", v.Status.State))
	}
	m.Until("says that its VM is lost", lost)
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Until("has seen the change", machineObserved)
	if vms, err := m.VMs(t.Context()); err != nil || len(vms) > 0 {
		t.Errorf("made %v, %v", vms, err)
	}
	c.TearDown(m)
	f.NothingLeft()
}

func withoutInitialiser(spec map[string]any) { delete(spec, "nodeInitialization") }

func externalCluster(f *e2e.Fixture, name string) *e2e.Cluster {
	f.T.Helper()
	return f.NewCluster(name, e2e.ClusterOptions{
		Spec: withoutInitialiser,
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetAnnotations(map[string]string{externalCloudProvider: "true"})
		},
	}).Provisioned()
}

// awaitsNode waits until the machine runs without a provider ID, for that
// reason.
func awaitsNode(m *e2e.Machine, reason string) {
	m.T.Helper()
	m.Until("awaits its Node: "+reason, func(v e2e.MachineView) error {
		return e2e.Both(v.Status.Is("Ready", "True"),
			e2e.That(v.Spec.ProviderID == "" && !v.Status.Provisioned() &&
				v.Status.Condition("NodeLinked").Reason == reason,
				"providerID %q, provisioned %v, %+v", v.Spec.ProviderID,
				v.Status.Provisioned(), v.Status.Condition("NodeLinked")))
	})
}

// nodeOf returns the Node of a machine as its kubelet registers it, which some
// cloud controller has given that provider ID.
func nodeOf(m *e2e.Machine, providerID string) *corev1.Node {
	m.T.Helper()
	status := m.View().Status
	node := &corev1.Node{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		ObjectMeta: metav1.ObjectMeta{Name: status.VMID},
		Spec: corev1.NodeSpec{ProviderID: providerID, Taints: []corev1.Taint{{
			Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true",
			Effect: corev1.TaintEffectNoSchedule,
		}}},
	}
	for _, each := range status.Addresses {
		if each.Type == clusterv1.MachineInternalIP {
			node.Status.Addresses = append(node.Status.Addresses,
				corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: each.Address})
		}
	}
	return node
}

// nodesAPI starts the API of a workload cluster that has only Nodes.
func nodesAPI(t *testing.T, nodes ...*corev1.Node) *rest.Config {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		const path = "/api/v1/nodes"
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, path) {
			t.Errorf("%s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == path {
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "NodeList",
				"metadata": map[string]any{"resourceVersion": "1"}, "items": nodes})
			return
		}
		for _, node := range nodes {
			if r.URL.Path == path+"/"+node.Name {
				_ = json.NewEncoder(w).Encode(node)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(metav1.Status{Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound})
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL, BearerToken: "token", TLSClientConfig: rest.TLSClientConfig{
		CAData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}}
}

// kubeconfig makes the Secret with which a control-plane provider says how the
// cluster is reached.
func kubeconfig(c *e2e.Cluster, config *rest.Config) {
	c.T.Helper()
	file := clientcmdapi.NewConfig()
	file.Clusters["c"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	file.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: config.BearerToken,
		ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	file.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	file.CurrentContext = "x"
	content, err := clientcmd.Write(*file)
	c.Do(err)
	c.Do(c.Create(c.T.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: c.Object.Namespace, Name: c.Object.Name + "-kubeconfig",
			Labels: map[string]string{clusterv1.ClusterNameLabel: c.Object.Name}},
		Data: map[string][]byte{"value": content},
	}))
}
