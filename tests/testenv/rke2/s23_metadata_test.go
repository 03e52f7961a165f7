package rke2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// parts are a Machine's infrastructure machine and configuration.
func (w *world) parts(machine clusterv1.Machine) []client.Object {
	w.t.Helper()
	config := &bootstrapv1.RKE2Config{}
	w.mustGet(machine.Spec.Bootstrap.ConfigRef.Name, config)
	return []client.Object{w.infraOf(machine), config}
}

func TestS23MetadataIsAppliedByItsOwnManager(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	for _, part := range w.parts(w.machines()[0]) {
		if part.GetLabels()[clusterv1.MachineControlPlaneNameLabel] != planeName {
			t.Errorf("%s: labels %v", part.GetName(), part.GetLabels())
		}
		if !slices.ContainsFunc(part.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool {
			return e.Manager == "rke2controlplane-metadata" && e.Operation == metav1.ManagedFieldsOperationApply
		}) {
			t.Errorf("%s: no such manager", part.GetName())
		}
	}
}

// versions are the resource versions of everything that a pass could write.
// The plane's own is not among them: settle touches it.
func (w *world) versions() []string {
	w.t.Helper()
	var versions []string
	add := func(object client.Object) {
		versions = append(versions, object.GetName()+"@"+object.GetResourceVersion())
	}
	for _, machine := range w.machines() {
		add(&machine)
		for _, part := range w.parts(machine) {
			add(part)
		}
	}
	for _, suffix := range []string{"-ca", "-cca", "-etcd", "-peer-etcd", "-kubeconfig", "-token"} {
		add(w.secret(suffix))
	}
	template := newInfra("EvrocMachineTemplate")
	w.mustGet(templateName, template)
	add(template)
	return versions
}

func TestS23AnIdlePassChangesNothing(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	before, status := w.versions(), w.plane().Status
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if after := w.versions(); !slices.Equal(before, after) {
		t.Errorf("changed:\n%v\n%v", before, after)
	}
	status.ObservedGeneration = w.plane().Status.ObservedGeneration
	if after := w.plane().Status; fmt.Sprintf("%v", after.Conditions) != fmt.Sprintf("%v", status.Conditions) {
		t.Errorf("the status changed: %v", after)
	}
}

func TestS23LabelsOfAManagerCalledManagerAreTakenOver(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	infra := w.infraOf(w.machines()[0])
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"mine":"x"}}}`))
	if err := server.client.Patch(w.ctx, infra, patch, client.FieldOwner("manager")); err != nil {
		t.Fatal(err)
	}
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	infra = w.infraOf(w.machines()[0])
	for _, entry := range infra.GetManagedFields() {
		if entry.Manager == "manager" && entry.FieldsV1 != nil &&
			strings.Contains(string(entry.FieldsV1.GetRawBytes()), "f:labels") {
			t.Error("it still owns labels")
		}
	}
	if infra.GetLabels()["mine"] != "x" {
		t.Error("the label itself went")
	}
}

func TestS24ChangedMetadataReachesTheMachinesWithoutARollout(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.ObjectMeta.Labels = map[string]string{"team": "a", "old": "x"}
	})
	machine := w.machines()[0]
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.ObjectMeta.Labels = map[string]string{"team": "b"}
		p.Spec.MachineTemplate.ObjectMeta.Annotations = map[string]string{"note": "c"}
	})
	w.until("the new metadata", func() error {
		current := &clusterv1.Machine{}
		w.mustGet(machine.Name, current)
		for _, object := range append(w.parts(machine), current) {
			if object.GetLabels()["team"] != "b" || object.GetAnnotations()["note"] != "c" {
				return fmt.Errorf("%s: %v %v", object.GetName(), object.GetLabels(), object.GetAnnotations())
			}
		}
		if value, found := current.Labels["old"]; found {
			return fmt.Errorf("the Machine still has the old label %s", value)
		}
		return nil
	})
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if now := w.machines(); len(now) != 1 || now[0].UID != machine.UID {
		t.Errorf("a rollout: %d Machines", len(now))
	}
}

func TestS25TheHookComesBack(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	name := w.machines()[0].Name
	update(w, name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, controlplanev1.PreTerminateHookAnnotation)
	})
	w.until("the hook", func() error {
		machine := &clusterv1.Machine{}
		w.mustGet(name, machine)
		if _, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; !held {
			return fmt.Errorf("annotations %v", machine.Annotations)
		}
		return nil
	})
}
