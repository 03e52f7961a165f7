package controlplane

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/cluster-api/util/patch"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// machineConditions are the conditions that this plane writes on its Machines.
var machineConditions = []string{
	controlplanev1.AgentHealthyCondition,
	controlplanev1.EtcdMemberHealthyCondition,
	controlplanev1.NodeMetadataUpToDateCondition,
	clusterv1.MachineUpToDateCondition,
}

// observe updates the conditions of each living Machine from its server.
func (r *Reconciler) observe(ctx context.Context, s *scope) (outcome, error) {
	for _, machine := range s.living() {
		before, err := patch.NewHelper(machine, r.Client)
		if err != nil {
			return wait, fmt.Errorf("prepare a patch of Machine %s: %w", machine.Name, err)
		}
		for _, condition := range s.observed(machine) {
			conditions.Set(machine, condition)
		}
		owned := patch.WithOwnedConditions{Conditions: machineConditions}
		if err := before.Patch(ctx, machine, owned); err != nil {
			return wait, fmt.Errorf("patch Machine %s: %w", machine.Name, err)
		}
	}
	return proceed, nil
}

func (s *scope) observed(machine *clusterv1.Machine) []metav1.Condition {
	upToDate := condition(clusterv1.MachineUpToDateCondition, s.upToDate(machine),
		clusterv1.MachineUpToDateReason, clusterv1.MachineNotUpToDateReason)
	agent := condition(controlplanev1.AgentHealthyCondition,
		conditions.IsTrue(machine, clusterv1.MachineNodeHealthyCondition),
		"AgentHealthy", "AgentNotHealthy")
	member := condition(controlplanev1.EtcdMemberHealthyCondition, true, "EtcdMemberHealthy", "")
	metadata := condition(controlplanev1.NodeMetadataUpToDateCondition, true, "NodeMetadataUpToDate", "")
	if !machine.Status.NodeRef.IsDefined() {
		for _, c := range []*metav1.Condition{&agent, &member, &metadata} {
			c.Status, c.Reason = metav1.ConditionUnknown, "NodeUnknown"
		}
	}
	return []metav1.Condition{upToDate, agent, member, metadata}
}

// condition returns a condition that is True or False, each with its reason.
func condition(kind string, holds bool, reason, otherwise string) metav1.Condition {
	if holds {
		return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason}
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: otherwise}
}

// healthy reports whether a server is healthy enough for another one to join or
// leave.
func healthy(machine *clusterv1.Machine) bool {
	return conditions.IsTrue(machine, controlplanev1.AgentHealthyCondition) &&
		conditions.IsTrue(machine, controlplanev1.EtcdMemberHealthyCondition)
}

// summarize sets the plane's counts and conditions.
func (s *scope) summarize(failure error) {
	status := &s.plane.Status
	status.ObservedGeneration = s.plane.Generation
	if !s.machinesRead {
		return
	}
	available := func(m *clusterv1.Machine) bool {
		return conditions.IsTrue(m, clusterv1.MachineAvailableCondition)
	}
	upToDate := func(m *clusterv1.Machine) bool {
		return conditions.IsTrue(m, clusterv1.MachineUpToDateCondition)
	}
	status.Replicas = count(s.owned)
	status.ReadyReplicas = count(s.owned.Filter(collections.IsReady()))
	status.AvailableReplicas = count(s.owned.Filter(available))
	status.UpToDateReplicas = count(s.owned.Filter(upToDate))
	if lowest := s.owned.LowestVersion(); lowest != "" {
		status.Version = lowest
	}
	for _, c := range s.summaries(failure) {
		conditions.Set(s.plane, c)
	}
}

func count(machines collections.Machines) *int32 {
	return ptr(int32(machines.Len()))
}

// summaries returns the plane's conditions that follow from its Machines.
func (s *scope) summaries(failure error) []metav1.Condition {
	have, want := s.owned.Len(), s.replicas()
	ready := s.owned.Filter(collections.IsReady()).Len()
	outdated := s.outdated().Len()
	deleting := !s.plane.DeletionTimestamp.IsZero()
	if deleting {
		want = 0
	}
	unhealthy := s.owned.Filter(collections.Not(healthy)).Len()
	allHealthy := have > 0 && unhealthy == 0
	summaries := []metav1.Condition{
		condition(controlplanev1.AvailableCondition, s.initialized() && ready > 0,
			"Available", "WaitingForRKE2Server"),
		condition(controlplanev1.EtcdClusterHealthyCondition, allHealthy, "Healthy", "NotHealthy"),
		condition(controlplanev1.ControlPlaneComponentsHealthyCondition, allHealthy,
			"Healthy", "NotHealthy"),
		condition(controlplanev1.MachinesReadyCondition, have > 0 && ready == have,
			"Ready", "NotReady"),
		condition(controlplanev1.MachinesUpToDateCondition, outdated == 0,
			"UpToDate", "NotUpToDate"),
		condition(controlplanev1.RollingOutCondition, outdated > 0, "RollingOut", "NotRollingOut"),
		condition(controlplanev1.ScalingUpCondition, have < want, "ScalingUp", "NotScalingUp"),
		condition(controlplanev1.ScalingDownCondition, have > want,
			"ScalingDown", "NotScalingDown"),
		condition(controlplanev1.RemediatingCondition, s.remediating(),
			"Remediating", "NotRemediating"),
		condition(controlplanev1.DeletingCondition, deleting, "Deleting", "NotDeleting"),
	}
	if failure != nil && summaries[0].Status == metav1.ConditionFalse {
		summaries[0].Message = failure.Error()
	}
	return summaries
}
