package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/storage/names"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/controllers/external"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/cluster-api/util/failuredomains"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// The field managers.
const (
	machineManager  = "rke2controlplane"
	metadataManager = "rke2controlplane-metadata"
)

// makeMachine makes an infrastructure machine, its configuration and its
// Machine, in this order. It deletes them again if a later one fails.
func (r *Reconciler) makeMachine(ctx context.Context, s *scope) error {
	infra, infraRef, err := external.CreateFromTemplate(ctx, &external.CreateFromTemplateInput{
		Client: r.Client,
		TemplateRef: &corev1.ObjectReference{
			APIVersion: s.template.GetAPIVersion(), Kind: s.template.GetKind(),
			Namespace: s.template.GetNamespace(), Name: s.template.GetName(),
		},
		Namespace:   s.plane.Namespace,
		ClusterName: s.cluster.Name,
		OwnerRef:    ptr(s.owner()),
		Labels:      s.partLabels(),
		Annotations: s.templateAnnotations(),
	})
	if err != nil {
		return fmt.Errorf("make an infrastructure machine: %w", err)
	}
	config := s.newConfig()
	if err := r.Client.Create(ctx, config); err != nil {
		return r.undo(ctx, fmt.Errorf("make a configuration: %w", err), infra)
	}
	machine, err := s.newMachine(ctx, config.Name, infraRef)
	if err == nil {
		err = r.applyMachine(ctx, machine)
	}
	if err != nil {
		return r.undo(ctx, fmt.Errorf("make a Machine: %w", err), config, infra)
	}
	return nil
}

func ptr[T any](value T) *T { return &value }

// undo deletes the objects that a failed makeMachine made.
func (r *Reconciler) undo(ctx context.Context, cause error, made ...client.Object) error {
	for _, object := range made {
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, object)); err != nil {
			cause = errors.Join(cause, fmt.Errorf("undo: %w", err))
		}
	}
	return cause
}

// partLabels returns the labels of a new infrastructure machine or
// configuration.
func (s *scope) partLabels() map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, s.plane.Spec.MachineTemplate.ObjectMeta.Labels)
	labels[clusterv1.ClusterNameLabel] = s.cluster.Name
	labels[clusterv1.MachineControlPlaneLabel] = ""
	return labels
}

// machineLabels returns the labels of Machines, which are synced to their
// parts.
func (s *scope) machineLabels() map[string]string {
	labels := s.partLabels()
	labels[clusterv1.MachineControlPlaneNameLabel] = s.plane.Name
	return labels
}

func (s *scope) templateAnnotations() map[string]string {
	annotations := map[string]string{}
	maps.Copy(annotations, s.plane.Spec.MachineTemplate.ObjectMeta.Annotations)
	return annotations
}

func (s *scope) newName() string {
	return names.SimpleNameGenerator.GenerateName(s.plane.Name + "-")
}

func (s *scope) newConfig() *bootstrapv1.RKE2Config {
	return &bootstrapv1.RKE2Config{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.plane.Namespace, Name: s.newName(),
			Labels:          s.partLabels(),
			Annotations:     s.templateAnnotations(),
			OwnerReferences: []metav1.OwnerReference{s.owner()},
		},
		Spec: *s.plane.Spec.RKE2ConfigSpec.DeepCopy(),
	}
}

func (s *scope) newMachine(ctx context.Context, config string, infra clusterv1.ContractVersionedObjectReference) (*clusterv1.Machine, error) {
	serverConfig, err := json.Marshal(s.plane.Spec.ServerConfig)
	if err != nil {
		return nil, fmt.Errorf("write the servers' configuration: %w", err)
	}
	machine := &clusterv1.Machine{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.plane.Namespace, Name: s.newName()},
		Spec: clusterv1.MachineSpec{
			Version:       s.plane.Spec.Version,
			FailureDomain: s.pickFailureDomain(ctx),
			Bootstrap: clusterv1.Bootstrap{
				ConfigRef: clusterv1.ContractVersionedObjectReference{
					APIGroup: bootstrapv1.GroupVersion.Group, Kind: "RKE2Config", Name: config,
				},
			},
			InfrastructureRef: infra,
		},
	}
	return s.wanted(machine, string(serverConfig)), nil
}

// wanted returns the Machine to apply. Immutable fields come from the given
// Machine, the rest from the spec.
func (s *scope) wanted(machine *clusterv1.Machine, serverConfig string) *clusterv1.Machine {
	annotations := s.templateAnnotations()
	annotations[controlplanev1.PreTerminateHookAnnotation] = ""
	if serverConfig != "" {
		annotations[controlplanev1.ServerConfigurationAnnotation] = serverConfig
	}
	if s.excludesFromLoadBalancers() {
		annotations[controlplanev1.PreDrainHookAnnotation] = ""
	}
	deletion := s.plane.Spec.MachineTemplate.Spec.Deletion
	return &clusterv1.Machine{
		TypeMeta: metav1.TypeMeta{
			APIVersion: clusterv1.GroupVersion.String(), Kind: "Machine",
		},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: machine.Namespace, Name: machine.Name, UID: machine.UID,
			Labels: s.machineLabels(), Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{s.controller()},
		},
		Spec: clusterv1.MachineSpec{
			ClusterName:   s.cluster.Name,
			Version:       machine.Spec.Version,
			FailureDomain: machine.Spec.FailureDomain,
			Bootstrap: clusterv1.Bootstrap{
				ConfigRef: machine.Spec.Bootstrap.ConfigRef,
			},
			InfrastructureRef: machine.Spec.InfrastructureRef,
			Deletion: clusterv1.MachineDeletionSpec{
				NodeDrainTimeoutSeconds:        deletion.NodeDrainTimeoutSeconds,
				NodeVolumeDetachTimeoutSeconds: deletion.NodeVolumeDetachTimeoutSeconds,
				NodeDeletionTimeoutSeconds:     deletion.NodeDeletionTimeoutSeconds,
			},
		},
	}
}

// applyMachine writes the Machine by server-side apply.
func (r *Reconciler) applyMachine(ctx context.Context, machine *clusterv1.Machine) error {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(machine)
	if err != nil {
		return fmt.Errorf("convert a Machine: %w", err)
	}
	object := &unstructured.Unstructured{Object: fields}
	unstructured.RemoveNestedField(object.Object, "status")
	unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
	return r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object),
		client.FieldOwner(machineManager), client.ForceOwnership)
}

// failureDomains returns the domains for control planes.
func (s *scope) failureDomains() []clusterv1.FailureDomain {
	var domains []clusterv1.FailureDomain
	for _, domain := range s.cluster.Status.FailureDomains {
		if domain.ControlPlane != nil && *domain.ControlPlane {
			domains = append(domains, domain)
		}
	}
	return domains
}

// pickFailureDomain returns the domain with the fewest up-to-date Machines,
// then with the fewest Machines; empty if there is no domain.
func (s *scope) pickFailureDomain(ctx context.Context) string {
	upToDate := s.living().Difference(s.outdated())
	return failuredomains.PickFewest(ctx, s.failureDomains(), s.owned, upToDate)
}

// pickVictim returns the Machine to delete first: one that the user marked and
// that is outdated, then marked, outdated, not ready, any. Among these it is
// the oldest in the failure domain with the most Machines.
func (s *scope) pickVictim(ctx context.Context) *clusterv1.Machine {
	marked := collections.HasAnnotationKey(clusterv1.DeleteMachineAnnotation)
	outdated := func(m *clusterv1.Machine) bool { return !s.upToDate(m) }
	living := s.living()
	eligible := living
	for _, filter := range []collections.Func{
		collections.And(marked, outdated), marked, outdated,
		collections.Not(collections.IsReady()),
	} {
		if chosen := living.Filter(filter); chosen.Len() > 0 {
			eligible = chosen
			break
		}
	}
	domain := failuredomains.PickMost(ctx, s.failureDomains(), s.owned, eligible)
	if here := eligible.Filter(collections.InFailureDomains(domain)); here.Len() > 0 {
		return here.Oldest()
	}
	return eligible.Oldest()
}
