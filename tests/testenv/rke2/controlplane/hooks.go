package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

func (s *scope) excludesFromLoadBalancers() bool {
	return s.plane.Annotations[controlplanev1.LoadBalancerExclusionAnnotation] == "true"
}

// releaseMachines releases Machines that are being deleted from their hooks,
// one Machine at a time: the one whose deletion began first.
func (r *Reconciler) releaseMachines(ctx context.Context, s *scope) (outcome, error) {
	machine := s.deleting().OldestDeletionTimestamp()
	if machine == nil {
		return proceed, nil
	}
	switch deletingReason(machine) {
	case clusterv1.MachineDeletingWaitingForPreDrainHookReason:
		return r.passPreDrain(ctx, s, machine)
	case clusterv1.MachineDeletingWaitingForPreTerminateHookReason:
		return r.passPreTerminate(ctx, s, machine)
	}
	return proceed, nil
}

func deletingReason(machine *clusterv1.Machine) string {
	if !conditions.IsTrue(machine, clusterv1.MachineDeletingCondition) {
		return ""
	}
	return conditions.GetReason(machine, clusterv1.MachineDeletingCondition)
}

// passPreDrain excludes the Node from load balancers.
func (r *Reconciler) passPreDrain(ctx context.Context, s *scope, machine *clusterv1.Machine) (outcome, error) {
	if _, held := machine.Annotations[controlplanev1.PreDrainHookAnnotation]; !held {
		return proceed, nil
	}
	if machine.Status.NodeRef.IsDefined() {
		workload, err := r.workload(ctx, s)
		if err != nil {
			return wait, err
		}
		if err := workload.ExcludeFromLoadBalancers(ctx, machine.Status.NodeRef.Name); err != nil {
			return wait, fmt.Errorf("exclude a Node from load balancers: %w", err)
		}
	}
	return proceed, r.unhook(ctx, machine, nil, controlplanev1.PreDrainHookAnnotation)
}

// passPreTerminate lets core delete the infrastructure machine once its etcd
// member is gone and no other hook is left.
func (r *Reconciler) passPreTerminate(ctx context.Context, s *scope, machine *clusterv1.Machine) (outcome, error) {
	if _, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; !held ||
		othersHold(machine) {
		return proceed, nil
	}
	left, err := r.memberLeft(ctx, s, machine)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Remove an etcd member", "machine", machine.Name)
	}
	if !left {
		return lookAgain(r.Intervals.Deleting), nil
	}
	return proceed, r.release(ctx, machine, controlplanev1.PreTerminateHookAnnotation)
}

func othersHold(machine *clusterv1.Machine) bool {
	prefix := clusterv1.PreTerminateDeleteHookAnnotationPrefix + "/"
	for key := range machine.Annotations {
		if strings.HasPrefix(key, prefix) && key != controlplanev1.PreTerminateHookAnnotation {
			return true
		}
	}
	return false
}

// memberLeft removes the Machine's member from etcd. The last server and a
// server without a Node have no member to remove.
func (r *Reconciler) memberLeft(ctx context.Context, s *scope, machine *clusterv1.Machine) (bool, error) {
	if s.owned.Len() == 1 || !machine.Status.NodeRef.IsDefined() {
		return true, nil
	}
	if time.Since(machine.DeletionTimestamp.Time) < r.Behaviour.EtcdDelay {
		return false, nil
	}
	workload, err := r.workload(ctx, s)
	if err != nil {
		return false, err
	}
	left, err := workload.RemoveEtcdMember(ctx, machine.Status.NodeRef.Name)
	if apierrors.IsNotFound(err) && r.Behaviour.ReleaseLostNodes {
		return true, nil
	}
	return left, err
}

// release removes hooks and makes core neither drain nor wait for volumes.
func (r *Reconciler) release(ctx context.Context, machine *clusterv1.Machine, hooks ...string) error {
	return r.unhook(ctx, machine, map[string]string{
		clusterv1.ExcludeNodeDrainingAnnotation:            "true",
		clusterv1.ExcludeWaitForNodeVolumeDetachAnnotation: "true",
	}, hooks...)
}

// unhook removes hooks and adds annotations, in at most one write.
func (r *Reconciler) unhook(ctx context.Context, machine *clusterv1.Machine, add map[string]string, hooks ...string) error {
	changes := map[string]any{}
	for _, hook := range hooks {
		if _, held := machine.Annotations[hook]; held {
			changes[hook] = nil
		}
	}
	for key, value := range add {
		if machine.Annotations[key] != value {
			changes[key] = value
		}
	}
	if len(changes) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": changes},
	})
	if err != nil {
		return fmt.Errorf("write a patch: %w", err)
	}
	err = r.Client.Patch(ctx, machine, client.RawPatch(types.MergePatchType, body))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("remove hooks of Machine %s: %w", machine.Name, err)
	}
	return nil
}
