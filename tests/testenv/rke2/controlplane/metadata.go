package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// classicManager is the field manager whose labels and annotations are
// disowned, so that server-side apply can remove them. Client libraries use
// this name for a program called `manager`.
const classicManager = "manager"

// syncMachines updates labels, annotations and timeouts of living Machines and
// of their parts from the spec, without a rollout. It does not write objects
// that are up to date.
func (r *Reconciler) syncMachines(ctx context.Context, s *scope) (outcome, error) {
	for _, machine := range s.living() {
		if err := r.syncMachine(ctx, s, machine); err != nil {
			return wait, err
		}
		if infra := s.infra[machine.Name]; infra != nil {
			if err := r.syncPart(ctx, s, infra); err != nil {
				return wait, err
			}
		}
		if config := s.configs[machine.Name]; config != nil {
			part := &unstructured.Unstructured{}
			part.SetGroupVersionKind(bootstrapv1.GroupVersion.WithKind("RKE2Config"))
			if err := r.Client.Get(ctx, client.ObjectKeyFromObject(config), part); err != nil {
				return wait, fmt.Errorf("read a configuration: %w", err)
			}
			if err := r.syncPart(ctx, s, part); err != nil {
				return wait, err
			}
		}
	}
	return proceed, nil
}

func (r *Reconciler) syncMachine(ctx context.Context, s *scope, machine *clusterv1.Machine) error {
	serverConfig := machine.Annotations[controlplanev1.ServerConfigurationAnnotation]
	wanted := s.wanted(machine, serverConfig)
	if settled(machine, machineManager, wanted.Labels, wanted.Annotations) &&
		sameDeletion(machine.Spec.Deletion, wanted.Spec.Deletion) {
		return nil
	}
	if err := r.applyMachine(ctx, wanted); err != nil {
		return fmt.Errorf("sync Machine %s: %w", machine.Name, err)
	}
	return r.Client.Get(ctx, client.ObjectKeyFromObject(machine), machine)
}

func sameDeletion(a, b clusterv1.MachineDeletionSpec) bool {
	same := func(x, y *int32) bool { return y == nil || x != nil && *x == *y }
	return same(a.NodeDrainTimeoutSeconds, b.NodeDrainTimeoutSeconds) &&
		same(a.NodeVolumeDetachTimeoutSeconds, b.NodeVolumeDetachTimeoutSeconds) &&
		same(a.NodeDeletionTimeoutSeconds, b.NodeDeletionTimeoutSeconds)
}

// syncPart applies labels and annotations to an infrastructure machine or a
// configuration.
func (r *Reconciler) syncPart(ctx context.Context, s *scope, part *unstructured.Unstructured) error {
	if !part.GetDeletionTimestamp().IsZero() {
		return nil
	}
	if err := r.disownMetadata(ctx, part); err != nil {
		return err
	}
	labels, annotations := s.machineLabels(), s.templateAnnotations()
	if settled(part, metadataManager, labels, annotations) {
		return nil
	}
	wanted := &unstructured.Unstructured{}
	wanted.SetGroupVersionKind(part.GroupVersionKind())
	wanted.SetNamespace(part.GetNamespace())
	wanted.SetName(part.GetName())
	wanted.SetUID(part.GetUID())
	wanted.SetLabels(labels)
	wanted.SetAnnotations(annotations)
	err := r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted),
		client.FieldOwner(metadataManager), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("sync %s %s: %w", part.GetKind(), part.GetName(), err)
	}
	return nil
}

// settled reports whether applying these labels and annotations as manager
// would change nothing: the values are set, and the manager owns no others.
func settled(object client.Object, manager string, labels, annotations map[string]string) bool {
	entry := applied(object.GetManagedFields(), manager)
	if entry == nil {
		return false
	}
	return holds(object.GetLabels(), labels) &&
		holds(object.GetAnnotations(), annotations) &&
		len(metadataOf(entry)["f:labels"]) == len(labels) &&
		len(metadataOf(entry)["f:annotations"]) == len(annotations)
}

func holds(all, some map[string]string) bool {
	for key, value := range some {
		if got, found := all[key]; !found || got != value {
			return false
		}
	}
	return true
}

func applied(entries []metav1.ManagedFieldsEntry, manager string) *metav1.ManagedFieldsEntry {
	for i := range entries {
		if entries[i].Manager == manager &&
			entries[i].Operation == metav1.ManagedFieldsOperationApply {
			return &entries[i]
		}
	}
	return nil
}

// fieldSet is a part of managedFields: it maps prefixed names to their fields.
type fieldSet map[string]any

// metadataOf returns the fields of metadata that an entry owns, without the
// entry for metadata itself.
func metadataOf(entry *metav1.ManagedFieldsEntry) map[string]fieldSet {
	owned := map[string]fieldSet{}
	var all map[string]fieldSet
	if entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &all) != nil {
		return owned
	}
	for name, below := range all["f:metadata"] {
		fields, ok := below.(map[string]any)
		if !ok {
			continue
		}
		owned[name] = maps.Clone(fields)
		delete(owned[name], ".")
	}
	return owned
}

// disownMetadata removes labels and annotations from the fields of the classic
// manager.
func (r *Reconciler) disownMetadata(ctx context.Context, part *unstructured.Unstructured) error {
	entries := part.GetManagedFields()
	changed := false
	for i := range entries {
		if entries[i].Manager == classicManager &&
			entries[i].Operation == metav1.ManagedFieldsOperationUpdate {
			changed = withoutMetadata(&entries[i]) || changed
		}
	}
	if !changed {
		return nil
	}
	patch, err := json.Marshal([]map[string]any{
		{"op": "replace", "path": "/metadata/managedFields", "value": entries},
		{"op": "replace", "path": "/metadata/resourceVersion", "value": part.GetResourceVersion()},
	})
	if err != nil {
		return fmt.Errorf("write a patch of managedFields: %w", err)
	}
	if err := r.Client.Patch(ctx, part, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return fmt.Errorf("patch managedFields of %s: %w", part.GetName(), err)
	}
	return nil
}

// withoutMetadata removes labels and annotations from an entry, and reports
// whether there were any.
func withoutMetadata(entry *metav1.ManagedFieldsEntry) bool {
	owned := metadataOf(entry)
	if owned["f:labels"] == nil && owned["f:annotations"] == nil {
		return false
	}
	var all map[string]fieldSet
	if json.Unmarshal(entry.FieldsV1.GetRawBytes(), &all) != nil {
		return false
	}
	delete(all["f:metadata"], "f:labels")
	delete(all["f:metadata"], "f:annotations")
	text, err := json.Marshal(all)
	if err != nil {
		return false
	}
	entry.FieldsV1 = metav1.NewFieldsV1(string(text))
	return true
}
