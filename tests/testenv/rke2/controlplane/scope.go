package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/controllers/external"
	"sigs.k8s.io/cluster-api/util/collections"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// scope holds the state of one reconcile.
type scope struct {
	plane   *controlplanev1.RKE2ControlPlane
	cluster *clusterv1.Cluster

	// template is the infrastructure template that the spec names.
	template *unstructured.Unstructured
	// owned are this plane's Machines, foreign the cluster's other ones.
	owned, foreign collections.Machines
	// configs and infra belong to the owned Machines, by the Machine's name.
	// A missing object is absent.
	configs map[string]*bootstrapv1.RKE2Config
	infra   map[string]*unstructured.Unstructured
	// machinesRead is whether the fields above are set.
	machinesRead bool
}

// readMachines reads the Machines and the objects that they refer to.
func (r *Reconciler) readMachines(ctx context.Context, s *scope) (outcome, error) {
	all, err := collections.GetFilteredMachinesForCluster(ctx, r.Client, s.cluster)
	if err != nil {
		return wait, fmt.Errorf("list the Machines: %w", err)
	}
	group := schema.GroupKind{Group: controlplanev1.GroupVersion.Group, Kind: kind}
	s.owned = all.Filter(collections.OwnedMachines(s.plane, group))
	s.foreign = all.Difference(s.owned)
	s.configs = map[string]*bootstrapv1.RKE2Config{}
	s.infra = map[string]*unstructured.Unstructured{}
	for _, machine := range s.owned {
		if err := r.readParts(ctx, s, machine); err != nil {
			return wait, err
		}
	}
	s.machinesRead = true
	return proceed, nil
}

func (r *Reconciler) readParts(ctx context.Context, s *scope, machine *clusterv1.Machine) error {
	config := &bootstrapv1.RKE2Config{}
	key := client.ObjectKey{
		Namespace: machine.Namespace, Name: machine.Spec.Bootstrap.ConfigRef.Name,
	}
	switch err := r.Client.Get(ctx, key, config); {
	case err == nil:
		s.configs[machine.Name] = config
	case !apierrors.IsNotFound(err):
		return fmt.Errorf("read a bootstrap configuration: %w", err)
	}
	infra, err := external.GetObjectFromContractVersionedRef(ctx, r.Client,
		machine.Spec.InfrastructureRef, machine.Namespace)
	switch {
	case err == nil:
		s.infra[machine.Name] = infra
	case !apierrors.IsNotFound(err):
		return fmt.Errorf("read an infrastructure machine: %w", err)
	}
	return nil
}

// living returns the owned Machines that are not being deleted.
func (s *scope) living() collections.Machines {
	return s.owned.Filter(collections.Not(collections.HasDeletionTimestamp))
}

func (s *scope) deleting() collections.Machines {
	return s.owned.Filter(collections.HasDeletionTimestamp)
}

// outdated returns the living Machines that differ from the spec.
func (s *scope) outdated() collections.Machines {
	return s.living().Filter(func(m *clusterv1.Machine) bool { return !s.upToDate(m) })
}

func (s *scope) replicas() int {
	if s.plane.Spec.Replicas == nil {
		return 1
	}
	return int(*s.plane.Spec.Replicas)
}

func (s *scope) initialized() bool {
	initialized := s.plane.Status.Initialization.ControlPlaneInitialized
	return initialized != nil && *initialized
}

// upToDate compares a Machine with the spec: its version, its configuration,
// the servers' configuration that it was made with, and the name of the
// template that its infrastructure was cloned from. It does not compare the
// content of the template.
func (s *scope) upToDate(machine *clusterv1.Machine) bool {
	if machine.Spec.Version != s.plane.Spec.Version {
		return false
	}
	config := s.configs[machine.Name]
	if config != nil && !equality.Semantic.DeepEqual(config.Spec, s.plane.Spec.RKE2ConfigSpec) {
		return false
	}
	return sameServerConfig(machine, s.plane.Spec.ServerConfig) &&
		clonedFrom(s.infra[machine.Name], s.plane.Spec.MachineTemplate.Spec.InfrastructureRef)
}

func sameServerConfig(machine *clusterv1.Machine, want controlplanev1.RKE2ServerConfig) bool {
	text, found := machine.Annotations[controlplanev1.ServerConfigurationAnnotation]
	if !found {
		return true
	}
	var was controlplanev1.RKE2ServerConfig
	if err := json.Unmarshal([]byte(text), &was); err != nil {
		return false
	}
	return equality.Semantic.DeepEqual(was, want)
}

func clonedFrom(infra *unstructured.Unstructured, template clusterv1.ContractVersionedObjectReference) bool {
	if infra == nil {
		return true
	}
	name, found := infra.GetAnnotations()[clusterv1.TemplateClonedFromNameAnnotation]
	if found && name != template.Name {
		return false
	}
	groupKind, found := infra.GetAnnotations()[clusterv1.TemplateClonedFromGroupKindAnnotation]
	return !found || groupKind == template.GroupKind().String()
}

// requireTemplate fails if the template is missing, as v0.25.0 does before a
// deletion.
func (r *Reconciler) requireTemplate(ctx context.Context, s *scope) (outcome, error) {
	if !r.Behaviour.BlockOnMissingTemplate {
		return proceed, nil
	}
	return proceed, r.readTemplate(ctx, s)
}

func (r *Reconciler) readTemplate(ctx context.Context, s *scope) error {
	template, err := external.GetObjectFromContractVersionedRef(ctx, r.Client,
		s.plane.Spec.MachineTemplate.Spec.InfrastructureRef, s.plane.Namespace)
	if err != nil {
		return fmt.Errorf("read the infrastructure template: %w", err)
	}
	s.template = template
	return nil
}

// ownTemplate reads the infrastructure template and makes the Cluster an owner.
func (r *Reconciler) ownTemplate(ctx context.Context, s *scope) (outcome, error) {
	if err := r.readTemplate(ctx, s); err != nil {
		return wait, err
	}
	reference := metav1.OwnerReference{
		APIVersion: clusterv1.GroupVersion.String(), Kind: "Cluster",
		Name: s.cluster.Name, UID: s.cluster.UID,
	}
	owners := s.template.GetOwnerReferences()
	for _, owner := range owners {
		if owner.UID == s.cluster.UID {
			return proceed, nil
		}
	}
	before := s.template.DeepCopy()
	s.template.SetOwnerReferences(append(owners, reference))
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, s.template, patch); err != nil {
		return wait, fmt.Errorf("own the infrastructure template: %w", err)
	}
	return proceed, nil
}

// refuseForeignMachines stops the reconcile if a control-plane Machine does not
// belong to this plane.
func (r *Reconciler) refuseForeignMachines(_ context.Context, s *scope) (outcome, error) {
	servers := s.foreign.Filter(collections.ControlPlaneMachines(s.cluster.Name))
	if servers.Len() > 0 {
		return wait, fmt.Errorf("control-plane Machines of another owner: %s",
			strings.Join(servers.Names(), ", "))
	}
	return proceed, nil
}
