package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/cluster-api/util/patch"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// remediation is the content of the in-progress annotation.
type remediation struct {
	Machine    string      `json:"machine"`
	Timestamp  metav1.Time `json:"timestamp"`
	RetryCount int         `json:"retryCount"`
}

func (s *scope) remediating() bool {
	_, found := s.plane.Annotations[controlplanev1.RemediationInProgressAnnotation]
	return found
}

// remediate deletes one Machine that a health check marked as unhealthy, if the
// other servers allow it.
func (r *Reconciler) remediate(ctx context.Context, s *scope) (outcome, error) {
	if err := r.endRemediation(ctx, s); err != nil {
		return wait, err
	}
	sick := s.living().Filter(collections.IsUnhealthyAndOwnerRemediated).Oldest()
	if sick == nil || s.remediating() {
		return proceed, nil
	}
	if why := s.cannotRemediate(sick); why != "" {
		return proceed, r.markRemediation(ctx, sick, "WaitingForRemediation", why)
	}
	ctrl.LoggerFrom(ctx).Info("Remediate a Machine", "machine", sick.Name)
	return r.replace(ctx, s, sick)
}

func (r *Reconciler) replace(ctx context.Context, s *scope, sick *clusterv1.Machine) (outcome, error) {
	if err := r.markRemediation(ctx, sick, "RemediationMachineDeleting", ""); err != nil {
		return wait, err
	}
	if err := r.Client.Delete(ctx, sick); client.IgnoreNotFound(err) != nil {
		return wait, fmt.Errorf("delete Machine %s: %w", sick.Name, err)
	}
	if !s.initialized() {
		return again(r.Intervals.Initialize), nil
	}
	now := metav1.NewTime(time.Now().UTC().Truncate(time.Second))
	s.plane.Status.LastRemediation = &controlplanev1.LastRemediationStatus{
		Machine: sick.Name, Timestamp: now,
	}
	text, err := json.Marshal(remediation{Machine: sick.Name, Timestamp: now})
	if err != nil {
		return wait, fmt.Errorf("write the remediation: %w", err)
	}
	return again(r.Intervals.Scaled), r.annotateRemediation(ctx, s, string(text))
}

// cannotRemediate returns the reason why the Machine can't be deleted yet;
// empty if it can.
func (s *scope) cannotRemediate(sick *clusterv1.Machine) string {
	if !s.initialized() {
		return ""
	}
	others := s.owned.Difference(collections.FromMachines(sick))
	provisioning := others.Filter(func(m *clusterv1.Machine) bool {
		return !collections.IsUnhealthy(m) && !m.Status.NodeRef.IsDefined()
	})
	switch {
	case others.Len() == 0:
		return "The only server can't be remediated"
	case provisioning.Len() > 0:
		return "Another server is being provisioned"
	case s.deleting().Len() > 0:
		return "Another server is being deleted"
	case !keepsQuorum(others):
		return "Etcd would lose its quorum"
	}
	return ""
}

// keepsQuorum reports whether a majority of the remaining members is healthy.
func keepsQuorum(others collections.Machines) bool {
	healthyMembers := others.Filter(collections.Not(collections.IsUnhealthy)).Len()
	return healthyMembers >= others.Len()/2+1
}

func (r *Reconciler) markRemediation(ctx context.Context, machine *clusterv1.Machine, reason, message string) error {
	before, err := patch.NewHelper(machine, r.Client)
	if err != nil {
		return fmt.Errorf("prepare a patch of Machine %s: %w", machine.Name, err)
	}
	conditions.Set(machine, metav1.Condition{
		Type:   clusterv1.MachineOwnerRemediatedCondition,
		Status: metav1.ConditionFalse, Reason: reason, Message: message,
	})
	return before.Patch(ctx, machine, patch.WithOwnedConditions{
		Conditions: []string{clusterv1.MachineOwnerRemediatedCondition},
	})
}

// endRemediation removes the annotation when a newer Machine exists.
func (r *Reconciler) endRemediation(ctx context.Context, s *scope) error {
	text, found := s.plane.Annotations[controlplanev1.RemediationInProgressAnnotation]
	if !found {
		return nil
	}
	var last remediation
	if err := json.Unmarshal([]byte(text), &last); err == nil {
		newer := s.living().Filter(func(m *clusterv1.Machine) bool {
			return !m.CreationTimestamp.Before(&last.Timestamp) && m.Name != last.Machine
		})
		if newer.Len() == 0 {
			return nil
		}
	}
	return r.annotateRemediation(ctx, s, "")
}

// annotateRemediation writes the annotation, or removes it if text is empty. It
// keeps the status that this reconcile has gathered.
func (r *Reconciler) annotateRemediation(ctx context.Context, s *scope, text string) error {
	var value any
	if text != "" {
		value = text
	}
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"annotations": map[string]any{controlplanev1.RemediationInProgressAnnotation: value},
	}})
	if err != nil {
		return fmt.Errorf("write a patch: %w", err)
	}
	plane := s.plane.DeepCopy()
	if err := r.Client.Patch(ctx, plane, client.RawPatch(types.MergePatchType, body)); err != nil {
		return fmt.Errorf("annotate the control plane: %w", err)
	}
	s.plane.SetAnnotations(plane.Annotations)
	return nil
}
