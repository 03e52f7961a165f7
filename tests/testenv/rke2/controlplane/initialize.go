package controlplane

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/cluster-api/util/conditions"
	ctrl "sigs.k8s.io/controller-runtime"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// initialize marks the control plane as initialized, permanently, when its API
// answers or when all its Machines are ready.
func (r *Reconciler) initialize(ctx context.Context, s *scope) (outcome, error) {
	if s.initialized() {
		return proceed, nil
	}
	if !r.firstServerWorks(ctx, s) {
		conditions.Set(s.plane, metav1.Condition{
			Type:   controlplanev1.InitializedCondition,
			Status: metav1.ConditionFalse, Reason: "WaitingForRKE2Server",
		})
		return lookAgain(r.Intervals.Initialize), nil
	}
	s.plane.Status.Initialization.ControlPlaneInitialized = ptr(true)
	conditions.Set(s.plane, metav1.Condition{
		Type:   controlplanev1.InitializedCondition,
		Status: metav1.ConditionTrue, Reason: "Initialized",
	})
	return proceed, nil
}

func (r *Reconciler) firstServerWorks(ctx context.Context, s *scope) bool {
	if s.owned.Len() == 0 {
		return false
	}
	if s.owned.Filter(collections.Not(collections.IsReady())).Len() == 0 {
		return true
	}
	if s.owned.Filter(infrastructureProvisioned).Len() == 0 ||
		time.Since(s.owned.Oldest().CreationTimestamp.Time) < r.Behaviour.InitializeDelay {
		return false
	}
	workload, err := r.workload(ctx, s)
	if err == nil {
		err = workload.Serves(ctx)
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("Probe found no API server", "error", err.Error())
	}
	return err == nil
}

func infrastructureProvisioned(machine *clusterv1.Machine) bool {
	provisioned := machine.Status.Initialization.InfrastructureProvisioned
	return provisioned != nil && *provisioned
}

// register publishes the addresses that joining nodes use. They come from ready
// Machines. While there is none, the list does not change.
func (r *Reconciler) register(_ context.Context, s *scope) (outcome, error) {
	ready := s.owned.Filter(collections.IsReady())
	if ready.Len() == 0 {
		return proceed, nil
	}
	addresses, err := serverAddresses(s.plane.Spec.RegistrationMethod,
		s.plane.Spec.RegistrationAddress, s.cluster.Spec.ControlPlaneEndpoint.Host,
		ready.SortedByCreationTimestamp())
	if err != nil {
		r.Recorder.Event(s.plane, corev1.EventTypeWarning, "NoRegistrationAddress", err.Error())
		return wait, err
	}
	s.plane.Status.AvailableServerIPs = addresses
	return proceed, nil
}

// serverAddresses returns the addresses of a registration method. Names are
// never used; of a Machine's addresses the first of a suitable type is used.
func serverAddresses(method controlplanev1.RegistrationMethod, given, endpoint string, ready []*clusterv1.Machine) ([]string, error) {
	switch method {
	case controlplanev1.ByAddress:
		return []string{given}, nil
	case controlplanev1.ByInternalFirst:
		return machineAddresses(ready, clusterv1.MachineInternalIP, clusterv1.MachineExternalIP)
	case controlplanev1.ByInternalIPs:
		return machineAddresses(ready, clusterv1.MachineInternalIP)
	case controlplanev1.ByExternalIPs:
		return machineAddresses(ready, clusterv1.MachineExternalIP)
	default:
		return []string{endpoint}, nil
	}
}

func machineAddresses(machines []*clusterv1.Machine, types ...clusterv1.MachineAddressType) ([]string, error) {
	addresses := make([]string, 0, len(machines))
	for _, machine := range machines {
		i := slices.IndexFunc(machine.Status.Addresses, func(a clusterv1.MachineAddress) bool {
			return slices.Contains(types, a.Type)
		})
		if i < 0 {
			return nil, fmt.Errorf("Machine %s has no address of type %v", machine.Name, types)
		}
		addresses = append(addresses, machine.Status.Addresses[i].Address)
	}
	return addresses, nil
}
