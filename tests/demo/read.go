package main

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// network returns the parts of the network: the cluster's objects in the cloud
// without its machines.
func network(ours cloud.Inventory, subnets map[string]placement) []part {
	var parts []part
	for _, one := range ours.Of(cloud.VPCs) {
		parts = append(parts, part{"VPC", one.ID, one.State, ""})
	}
	for _, one := range ours.Of(cloud.Subnets) {
		spec := subnets[one.ID].Spec
		parts = append(parts, part{"subnet", one.ID, one.State,
			list(zone(spec.Placement.Zone), spec.CIDR)})
	}
	for _, one := range ours.Of(cloud.SecurityGroups) {
		parts = append(parts, part{"security group", one.ID, one.State, ""})
	}
	for _, one := range ours.Of(cloud.PublicIPs) {
		parts = append(parts, part{"public IP", one.ID, one.State, one.Address})
	}
	for _, one := range ours.Of(cloud.LoadBalancers) {
		parts = append(parts, part{"load balancer", one.ID, one.State, ""})
	}
	return parts
}

func virtualMachines(machines cloud.Inventory, known map[string]placement,
	backends []string) []vm {
	var result []vm
	for _, one := range machines {
		result = append(result, vm{
			ID: one.ID, UID: one.UID, State: one.State,
			Machine: one.Labels[cloud.LabelMachineName],
			Zone:    known[one.ID].Spec.Placement.Zone,
			Address: one.PrivateIPv4,
			Backend: slices.Contains(backends, one.ID),
		})
	}
	return result
}

// groupView holds the fields that a group is made from.
type groupView struct {
	Spec struct {
		Replicas *int `json:"replicas"`
	} `json:"spec"`
	Status struct {
		Phase            string             `json:"phase"`
		ReadyReplicas    int                `json:"readyReplicas"`
		ExpectedMachines *int               `json:"expectedMachines"`
		CurrentHealthy   int                `json:"currentHealthy"`
		Conditions       []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

func groupOf(object *unstructured.Unstructured) (group, error) {
	var view groupView
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(
		object.Object, &view)
	result := group{Kind: object.GetKind(), Name: object.GetName(),
		Phase: view.Status.Phase, Wanted: -1}
	if result.Kind == healthCheck {
		result.Healthy = true
		result.Ready = view.Status.CurrentHealthy
		if expected := view.Status.ExpectedMachines; expected != nil {
			result.Wanted = *expected
		}
		return result, err
	}
	result.Ready = view.Status.ReadyReplicas
	if view.Spec.Replicas != nil {
		result.Wanted = *view.Spec.Replicas
	}
	result.Healthy, result.Why = conditionOf(
		view.Status.Conditions, clusterv1.AvailableCondition)
	if result.Phase == "" && result.Healthy {
		result.Phase = "Available"
	}
	return result, err
}

func machineOf(m clusterv1.Machine) machine {
	result := machine{
		Name: m.Name, Phase: m.Status.Phase, Node: m.Status.NodeRef.Name,
		ProviderID: m.Spec.ProviderID, Zone: m.Status.FailureDomain,
	}
	_, result.ControlPlane = m.Labels[clusterv1.MachineControlPlaneLabel]
	result.Ready, _ = conditionOf(m.Status.Conditions, clusterv1.ReadyCondition)
	if !result.Ready {
		result.Why = reasonOf(m)
	}
	return result
}

// reasonOf returns the first reason why a Machine is not ready.
func reasonOf(m clusterv1.Machine) string {
	if !m.DeletionTimestamp.IsZero() {
		deleting, reason := conditionOf(
			m.Status.Conditions, clusterv1.DeletingCondition)
		if deleting {
			return reason
		}
		return ""
	}
	for _, kind := range []string{
		clusterv1.MachineBootstrapConfigReadyCondition,
		clusterv1.MachineInfrastructureReadyCondition,
		clusterv1.MachineHealthCheckSucceededCondition,
		clusterv1.MachineNodeHealthyCondition,
	} {
		for _, one := range m.Status.Conditions {
			if one.Type == kind && one.Status != metav1.ConditionTrue {
				return kind + ": " + one.Reason
			}
		}
	}
	_, reason := conditionOf(m.Status.Conditions, clusterv1.ReadyCondition)
	return reason
}

func nodeOf(one corev1.Node) node {
	result := node{
		Name: one.Name, ProviderID: one.Spec.ProviderID,
		Role:    roleOf(one.Labels),
		Zone:    one.Labels[corev1.LabelTopologyZone],
		Version: one.Status.NodeInfo.KubeletVersion,
	}
	for _, condition := range one.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			result.Ready = condition.Status == corev1.ConditionTrue
		}
	}
	for _, taint := range one.Spec.Taints {
		if strings.HasSuffix(taint.Key, "/uninitialized") {
			result.Uninitialized = true
		}
	}
	return result
}
