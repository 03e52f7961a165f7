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

func TestDeletionWaitsForWorkersThenTakesAllServersAtOnce(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	f.workload.keepMembers(true) // etcd is not asked
	worker := f.worker("worker", nil)
	f.until("the worker's finalizer", func() error {
		f.mustGet("worker", worker)
		if len(worker.Finalizers) == 0 {
			return errors.New("none")
		}
		return nil
	})
	if err := server.client.Delete(f.ctx, f.plane()); err != nil {
		t.Fatal(err)
	}
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if err := f.readyServers(4)(); err == nil || f.core.deletions > 0 {
		t.Errorf("a server was deleted while the worker is there")
	}
	f.core.idle = true
	f.core.finish(worker)
	f.until("all servers being deleted", func() error {
		for _, machine := range f.machines() {
			if _, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; held ||
				machine.DeletionTimestamp == nil {
				return fmt.Errorf("Machine %s is not", machine.Name)
			}
		}
		return nil
	})
	if err := f.machineCount(3)(); err != nil {
		t.Error("not all at once:", err)
	}
	if !slices.Contains(f.plane().Finalizers, controlplanev1.Finalizer) {
		t.Error("the finalizer went before the servers")
	}
	f.core.idle = false
	f.until("the deletion", f.planeGone)
	if err := f.machineCount(0)(); err != nil {
		t.Error(err)
	}
}

// finish deletes a Machine and everything that it refers to, as core does.
func (c *core) finish(machine *clusterv1.Machine) {
	f := c.fixture
	f.t.Helper()
	if err := server.client.Delete(f.ctx, machine); err != nil {
		f.t.Fatal(err)
	}
	f.mustGet(machine.Name, machine)
	if err := c.delete(machine); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) deleteTemplate() {
	f.t.Helper()
	template := newInfra("EvrocMachineTemplate")
	template.SetName(templateName)
	template.SetNamespace(f.namespace)
	if err := server.client.Delete(f.ctx, template); err != nil {
		f.t.Fatal(err)
	}
}

func TestIn0250AMissingTemplateBlocksTheDeletion(t *testing.T) {
	f := newFixture(t, controlplane.Behaviour{BlockOnMissingTemplate: true})
	f.running(1)
	f.deleteTemplate()
	if err := f.settle(); err == nil {
		t.Error("a reconcile without the template succeeded")
	}
	if err := server.client.Delete(f.ctx, f.plane()); err != nil {
		t.Fatal(err)
	}
	if err := f.settle(); err == nil {
		t.Error("a reconcile of the deletion succeeded")
	}
	if err := f.machineCount(1)(); err != nil {
		t.Error(err)
	}
	f.create(newTemplate(templateName))
	f.until("the deletion", f.planeGone)
}

func TestWithoutTheSwitchTheDeletionGoesOn(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	f.deleteTemplate()
	if err := server.client.Delete(f.ctx, f.plane()); err != nil {
		t.Fatal(err)
	}
	f.until("the deletion", f.planeGone)
}

func TestAMoveRebuildsTheStatus(t *testing.T) {
	from := newFixture(t, noSwitches)
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
	to := newFixtureWithoutProvider(t)
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
		t.Error("a reconcile failed:", err)
	}
	if err := to.machineCount(3)(); err != nil {
		t.Error(err)
	}
}

func (f *fixture) statusRebuilt(machines int) error {
	for _, config := range f.configs() {
		if name := config.Status.DataSecretName; name == nil || *name != config.Name {
			return fmt.Errorf("configuration %s: %v", config.Name, name)
		}
	}
	if ready := f.plane().Status.ReadyReplicas; ready == nil || *ready != 2 {
		return fmt.Errorf("readyReplicas %v", ready)
	}
	return f.machineCount(machines)()
}

// moveTo copies all objects to another namespace as a move does: without
// status, and with new UIDs in the references.
func (f *fixture) moveTo(to *fixture) {
	f.t.Helper()
	uids := map[types.UID]types.UID{}
	lists := []client.ObjectList{
		&clusterv1.ClusterList{}, infraList("EvrocMachineTemplateList"),
		&controlplanev1.RKE2ControlPlaneList{}, &clusterv1.MachineList{},
		&bootstrapv1.RKE2ConfigList{}, infraList("EvrocMachineList"), &corev1.SecretList{},
	}
	for _, list := range lists {
		if err := server.client.List(f.ctx, list, client.InNamespace(f.namespace)); err != nil {
			f.t.Fatal("list what is to be moved:", err)
		}
		for _, object := range itemsOf(f.t, list) {
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

// carry creates a moved object; uids maps old UIDs to new ones.
func (f *fixture) carry(object client.Object, uids map[types.UID]types.UID) {
	f.t.Helper()
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
	f.create(object)
	uids[old] = object.GetUID()
	if f.carried == nil {
		f.carried = map[string]string{}
	}
	f.carried[object.GetName()] = object.GetResourceVersion()
}
