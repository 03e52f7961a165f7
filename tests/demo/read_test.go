package main

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

func read(t *testing.T, kind string, spec, status map[string]any) group {
	t.Helper()
	got, err := groupOf(&unstructured.Unstructured{Object: map[string]any{
		"kind": kind, "metadata": map[string]any{"name": "x"},
		"spec": spec, "status": status}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestGroupsAreReadFromAnyKind(t *testing.T) {
	available := func(status string) []any {
		return []any{map[string]any{"type": "Available", "status": status,
			"reason": "Because"}}
	}
	for _, one := range []struct{ got, want group }{
		{read(t, "Cluster", nil, nil),
			group{Kind: "Cluster", Name: "x", Wanted: -1}},
		{read(t, "Cluster", nil, map[string]any{"phase": "Provisioned",
			"conditions": available("True")}),
			group{"Cluster", "x", "Provisioned", -1, 0, true, "Because"}},
		{read(t, "RKE2ControlPlane", map[string]any{"replicas": int64(3)},
			map[string]any{"readyReplicas": int64(2),
				"conditions": available("False")}),
			group{"RKE2ControlPlane", "x", "", 3, 2, false, "Because"}},
		{read(t, "RKE2ControlPlane", map[string]any{"replicas": int64(3)},
			map[string]any{"readyReplicas": int64(3),
				"conditions": available("True")}),
			group{"RKE2ControlPlane", "x", "Available", 3, 3, true, "Because"}},
		{read(t, healthCheck, nil, map[string]any{"expectedMachines": int64(2),
			"currentHealthy": int64(1)}),
			group{healthCheck, "x", "", 2, 1, true, ""}},
	} {
		if one.got != one.want {
			t.Errorf("got %+v, want %+v", one.got, one.want)
		}
	}
}

func TestAMachineSaysWhyItIsNotReady(t *testing.T) {
	m := clusterv1.Machine{}
	m.Labels = map[string]string{clusterv1.MachineControlPlaneLabel: ""}
	m.Spec.ProviderID = "evroc://1"
	m.Status.Phase = "Provisioning"
	set := func(kind string, status metav1.ConditionStatus, reason string) {
		m.Status.Conditions = append(m.Status.Conditions, metav1.Condition{
			Type: kind, Status: status, Reason: reason})
	}
	set(clusterv1.ReadyCondition, metav1.ConditionFalse, "NotReady")
	set(clusterv1.MachineNodeHealthyCondition, metav1.ConditionUnknown, "NoNode")
	set(clusterv1.MachineInfrastructureReadyCondition, metav1.ConditionFalse,
		"Creating")
	want := machine{Phase: "Provisioning", ProviderID: "evroc://1",
		ControlPlane: true, Why: "InfrastructureReady: Creating"}
	if got := machineOf(m); got != want {
		t.Errorf("got %+v", got)
	}
	now := metav1.Now()
	m.DeletionTimestamp = &now
	if got := machineOf(m).Why; got != "" {
		t.Errorf("got %q", got)
	}
	set(clusterv1.DeletingCondition, metav1.ConditionTrue, "DrainingNode")
	if got := machineOf(m).Why; got != "DrainingNode" {
		t.Errorf("got %q", got)
	}
	m = clusterv1.Machine{}
	set(clusterv1.ReadyCondition, metav1.ConditionTrue, "Ready")
	if got := machineOf(m); !got.Ready || got.Why != "" {
		t.Errorf("got %+v", got)
	}
}

func TestNodesShowWhatTheCloudGaveThem(t *testing.T) {
	one := corev1.Node{}
	one.Name = "n"
	one.Labels = map[string]string{corev1.LabelTopologyZone: "b",
		"node-role.kubernetes.io/control-plane": ""}
	one.Spec.ProviderID = "evroc://1"
	one.Spec.Taints = []corev1.Taint{
		{Key: "node.cloudprovider.kubernetes.io/uninitialized"}}
	one.Status.NodeInfo.KubeletVersion = "v1.31.4"
	one.Status.Conditions = []corev1.NodeCondition{
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	want := node{Name: "n", ProviderID: "evroc://1", Role: "control-plane",
		Zone: "b", Version: "v1.31.4", Ready: true, Uninitialized: true}
	if got := nodeOf(one); got != want {
		t.Errorf("got %+v", got)
	}
	if got := nodeOf(corev1.Node{}); got != (node{Role: "worker"}) {
		t.Errorf("got %+v", got)
	}
}

func TestTheCloudsObjectsBecomePartsAndVMs(t *testing.T) {
	known := map[string]placement{}
	var in placement
	in.Spec.CIDR, in.Spec.Placement.Zone = "10.0.1.0/26", "a"
	known["one"] = in
	ours := cloud.Inventory{
		{Collection: cloud.LoadBalancers, ID: "lb", State: "Ready"},
		{Collection: cloud.Subnets, ID: "one", State: "Ready"},
		{Collection: cloud.Machines, ID: "one", UID: "1", State: "Running",
			PrivateIPv4: "10.0.1.2",
			Labels:      map[string]string{cloud.LabelMachineName: "m"}},
	}
	parts := network(ours, known)
	if len(parts) != 2 ||
		parts[0] != (part{"subnet", "one", "Ready", "zone a, 10.0.1.0/26"}) ||
		parts[1].Kind != "load balancer" {
		t.Errorf("got %+v", parts)
	}
	vms := virtualMachines(ours.Of(cloud.Machines), known, []string{"one"})
	want := vm{ID: "one", UID: "1", Machine: "m", State: "Running", Zone: "a",
		Address: "10.0.1.2", Backend: true}
	if len(vms) != 1 || vms[0] != want {
		t.Errorf("got %+v", vms)
	}
}
