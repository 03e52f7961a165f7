package controlplane

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/collections"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// scale makes or deletes one Machine if their number differs from the spec.
func (r *Reconciler) scale(ctx context.Context, s *scope) (outcome, error) {
	have, want := s.owned.Len(), s.replicas()
	switch {
	case have < want && !s.initialized():
		return r.makeFirst(ctx, s)
	case have < want:
		return r.scaleUp(ctx, s)
	case have > want:
		return r.scaleDown(ctx, s)
	}
	return proceed, nil
}

// makeFirst makes exactly one server until the control plane is initialized.
func (r *Reconciler) makeFirst(ctx context.Context, s *scope) (outcome, error) {
	if s.owned.Len() > 0 {
		return again(r.Intervals.Initialize), nil
	}
	if err := r.makeMachine(ctx, s); err != nil {
		return wait, err
	}
	return again(r.Intervals.Initialize), nil
}

func (r *Reconciler) scaleUp(ctx context.Context, s *scope) (outcome, error) {
	if o := r.preflight(s, s.owned); o.stop {
		return o, nil
	}
	if err := r.makeMachine(ctx, s); err != nil {
		return wait, err
	}
	return again(r.Intervals.Scaled), nil
}

func (r *Reconciler) scaleDown(ctx context.Context, s *scope) (outcome, error) {
	victim := s.pickVictim(ctx)
	if victim == nil {
		return again(r.Intervals.Deleting), nil
	}
	if o := r.preflight(s, s.owned.Difference(collections.FromMachines(victim))); o.stop {
		return o, nil
	}
	if err := r.Client.Delete(ctx, victim); client.IgnoreNotFound(err) != nil {
		return wait, fmt.Errorf("delete Machine %s: %w", victim.Name, err)
	}
	ctrl.LoggerFrom(ctx).Info("Deleted a Machine", "machine", victim.Name)
	return again(r.Intervals.Scaled), nil
}

// preflight continues only if no server is being deleted and the given servers
// are healthy.
func (r *Reconciler) preflight(s *scope, servers collections.Machines) outcome {
	if s.deleting().Len() > 0 {
		return again(r.Intervals.Deleting)
	}
	sick := servers.Filter(collections.Not(healthy))
	if sick.Len() == 0 {
		return proceed
	}
	r.Recorder.Eventf(s.plane, corev1.EventTypeWarning, "ControlPlaneUnhealthy",
		"Waiting for these servers to become healthy: %s", strings.Join(sick.Names(), ", "))
	return again(r.Intervals.Preflight)
}

// rollOut replaces outdated Machines, one at a time. It does nothing if the
// strategy is not RollingUpdate.
func (r *Reconciler) rollOut(ctx context.Context, s *scope) (outcome, error) {
	outdated := s.outdated()
	if outdated.Len() == 0 || !s.initialized() {
		return proceed, nil
	}
	strategy := s.plane.Spec.RolloutStrategy
	if strategy == nil || strategy.Type != controlplanev1.RollingUpdate {
		ctrl.LoggerFrom(ctx).Info("Skipped a rollout: the strategy is not RollingUpdate",
			"machines", outdated.Names())
		return proceed, nil
	}
	if s.owned.Len() < s.replicas()+maxSurge(strategy) {
		return r.scaleUp(ctx, s)
	}
	return r.scaleDown(ctx, s)
}

func maxSurge(strategy *controlplanev1.RolloutStrategy) int {
	if strategy.RollingUpdate == nil || strategy.RollingUpdate.MaxSurge == nil {
		return 1
	}
	return strategy.RollingUpdate.MaxSurge.IntValue()
}

// remove deletes all servers at once when no other Machine of the Cluster is
// left, and removes the plane's finalizer when they are gone.
func (r *Reconciler) remove(ctx context.Context, s *scope) (outcome, error) {
	if s.foreign.Len() > 0 {
		return again(r.Intervals.Deleting), nil
	}
	if s.owned.Len() == 0 {
		return wait, r.removeFinalizer(ctx, s.plane)
	}
	for _, machine := range s.owned {
		if err := r.removeAtOnce(ctx, machine); err != nil {
			return wait, err
		}
	}
	return again(r.Intervals.Deleting), nil
}

// removeAtOnce deletes a server without asking etcd.
func (r *Reconciler) removeAtOnce(ctx context.Context, machine *clusterv1.Machine) error {
	if err := r.release(ctx, machine, controlplanev1.PreDrainHookAnnotation,
		controlplanev1.PreTerminateHookAnnotation); err != nil {
		return err
	}
	if !machine.DeletionTimestamp.IsZero() {
		return nil
	}
	if err := r.Client.Delete(ctx, machine); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete Machine %s: %w", machine.Name, err)
	}
	return nil
}

func (r *Reconciler) removeFinalizer(ctx context.Context, plane *controlplanev1.RKE2ControlPlane) error {
	before := plane.DeepCopy()
	finalizers := make([]string, 0, len(plane.Finalizers))
	for _, finalizer := range plane.Finalizers {
		if finalizer != controlplanev1.Finalizer {
			finalizers = append(finalizers, finalizer)
		}
	}
	if len(finalizers) == len(plane.Finalizers) {
		return nil
	}
	plane.Finalizers = finalizers
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, plane, patch); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("remove the finalizer: %w", err)
	}
	return nil
}
