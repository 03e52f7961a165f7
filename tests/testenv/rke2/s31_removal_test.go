package rke2_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
)

func TestS31DeletionWaitsForWorkersThenTakesAllServersAtOnce(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	w.workload.keepMembers(true) // etcd is not asked
	worker := w.worker("worker", nil)
	w.until("the worker's finalizer", func() error {
		w.mustGet("worker", worker)
		if len(worker.Finalizers) == 0 {
			return errors.New("none")
		}
		return nil
	})
	if err := server.client.Delete(w.ctx, w.plane()); err != nil {
		t.Fatal(err)
	}
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := w.readyServers(4)(); err == nil || w.core.deletions > 0 {
		t.Errorf("a server was deleted while the worker is there")
	}
	w.core.idle = true
	w.core.finish(worker)
	w.until("all servers being deleted", func() error {
		for _, machine := range w.machines() {
			if _, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; held ||
				machine.DeletionTimestamp == nil {
				return fmt.Errorf("Machine %s is not", machine.Name)
			}
		}
		return nil
	})
	if err := w.machineCount(3)(); err != nil {
		t.Error("not all at once:", err)
	}
	if !slices.Contains(w.plane().Finalizers, controlplanev1.Finalizer) {
		t.Error("the finalizer went before the servers")
	}
	w.core.idle = false
	w.until("the deletion", w.planeGone)
	if err := w.machineCount(0)(); err != nil {
		t.Error(err)
	}
}

// finish deletes a Machine and everything that it refers to, as core does.
func (c *core) finish(machine *clusterv1.Machine) {
	w := c.world
	w.t.Helper()
	if err := server.client.Delete(w.ctx, machine); err != nil {
		w.t.Fatal(err)
	}
	w.mustGet(machine.Name, machine)
	if err := c.delete(machine); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) deleteTemplate() {
	w.t.Helper()
	template := newInfra("EvrocMachineTemplate")
	template.SetName(templateName)
	template.SetNamespace(w.namespace)
	if err := server.client.Delete(w.ctx, template); err != nil {
		w.t.Fatal(err)
	}
}

func TestS32In0250AMissingTemplateBlocksTheDeletion(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{BlockOnMissingTemplate: true})
	w.running(1)
	w.deleteTemplate()
	if err := w.settle(); err == nil {
		t.Error("a pass without the template succeeded")
	}
	if err := server.client.Delete(w.ctx, w.plane()); err != nil {
		t.Fatal(err)
	}
	if err := w.settle(); err == nil {
		t.Error("a pass of the deletion succeeded")
	}
	if err := w.machineCount(1)(); err != nil {
		t.Error(err)
	}
	w.create(newTemplate(templateName))
	w.until("the deletion", w.planeGone)
}

func TestS32WithoutTheSwitchTheDeletionGoesOn(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	w.deleteTemplate()
	if err := server.client.Delete(w.ctx, w.plane()); err != nil {
		t.Fatal(err)
	}
	w.until("the deletion", w.planeGone)
}

func TestS34AMoveRebuildsTheStatus(t *testing.T) {
	from := newWorld(t, noSwitches)
	from.running(2)
	from.worker("worker", nil)
	data := from.dataOf("worker")
	from.until("the worker's data to be taken", func() error {
		machine := &clusterv1.Machine{}
		from.mustGet("worker", machine)
		if machine.Spec.Bootstrap.DataSecretName == nil {
			return errors.New("not yet")
		}
		return nil
	})
	to := newSilentWorld(t)
	to.core.fallback = toNothing
	from.moveTo(to)
	to.start(noSwitches, func([]byte) (controlplane.Workload, error) { return to.workload, nil }, to)
	to.workload.serve(true)
	to.setProvisioned()
	to.core.fallback = toProvisioned
	to.until("initialized", to.initialized)
	to.core.fallback = toReady
	to.until("ready", func() error { return to.statusRebuilt(3) })
	moved := to.dataOf("worker")
	if string(moved.Data["value"]) != string(data.Data["value"]) || moved.ResourceVersion != to.carried["worker"] {
		t.Error("the worker's data was written again")
	}
	if err := to.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := to.machineCount(3)(); err != nil {
		t.Error(err)
	}
}

func (w *world) statusRebuilt(machines int) error {
	for _, config := range w.configs() {
		if name := config.Status.DataSecretName; name == nil || *name != config.Name {
			return fmt.Errorf("configuration %s: %v", config.Name, name)
		}
	}
	if ready := w.plane().Status.ReadyReplicas; ready == nil || *ready != 2 {
		return fmt.Errorf("readyReplicas %v", ready)
	}
	return w.machineCount(machines)()
}

// moveTo copies everything to another namespace as a move does: without status,
// with new UIDs in the references.
func (w *world) moveTo(to *world) {
	w.t.Helper()
	uids := map[types.UID]types.UID{}
	lists := []client.ObjectList{
		&clusterv1.ClusterList{}, infraList("EvrocMachineTemplateList"),
		&controlplanev1.RKE2ControlPlaneList{}, &clusterv1.MachineList{},
		&bootstrapv1.RKE2ConfigList{}, infraList("EvrocMachineList"), &corev1.SecretList{},
	}
	for _, list := range lists {
		if err := server.client.List(w.ctx, list, client.InNamespace(w.namespace)); err != nil {
			w.t.Fatal("list what is to be moved:", err)
		}
		for _, object := range itemsOf(w.t, list) {
			to.carry(object, uids)
		}
	}
}

func infraList(kind string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(infrastructure.WithKind(kind))
	return list
}

func itemsOf(t *testing.T, list client.ObjectList) []client.Object {
	t.Helper()
	var items []client.Object
	switch l := list.(type) {
	case *clusterv1.ClusterList:
		items = pointers(l.Items)
	case *controlplanev1.RKE2ControlPlaneList:
		items = pointers(l.Items)
	case *clusterv1.MachineList:
		items = pointers(l.Items)
	case *bootstrapv1.RKE2ConfigList:
		items = pointers(l.Items)
	case *corev1.SecretList:
		items = pointers(l.Items)
	case *unstructured.UnstructuredList:
		for i := range l.Items {
			items = append(items, &l.Items[i])
		}
	default:
		t.Fatalf("a list of type %T", list)
	}
	return items
}

func pointers[T any, P interface {
	*T
	client.Object
}](items []T) []client.Object {
	objects := make([]client.Object, 0, len(items))
	for i := range items {
		objects = append(objects, P(&items[i]))
	}
	return objects
}

// carry makes a moved object; uids grows from old UIDs to new ones.
func (w *world) carry(object client.Object, uids map[types.UID]types.UID) {
	w.t.Helper()
	old := object.GetUID()
	owners := object.GetOwnerReferences()
	for i := range owners {
		owners[i].UID = uids[owners[i].UID]
	}
	object.SetOwnerReferences(owners)
	object.SetUID("")
	object.SetResourceVersion("")
	object.SetManagedFields(nil)
	object.SetCreationTimestamp(metav1.Time{})
	if u, ok := object.(*unstructured.Unstructured); ok {
		unstructured.RemoveNestedField(u.Object, "status")
	}
	w.create(object)
	uids[old] = object.GetUID()
	if w.carried == nil {
		w.carried = map[string]string{}
	}
	w.carried[object.GetName()] = object.GetResourceVersion()
}
