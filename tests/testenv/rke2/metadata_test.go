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

// parts returns a Machine's infrastructure machine and configuration.
func (f *fixture) parts(machine clusterv1.Machine) []client.Object {
	f.t.Helper()
	config := &bootstrapv1.RKE2Config{}
	f.mustGet(machine.Spec.Bootstrap.ConfigRef.Name, config)
	return []client.Object{f.infraOf(machine), config}
}

func TestMetadataIsAppliedByItsOwnManager(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	for _, part := range f.parts(f.machines()[0]) {
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

// versions returns the resource versions of everything that a reconcile could
// write, except for the plane, which settle changes.
func (f *fixture) versions() []string {
	f.t.Helper()
	var versions []string
	add := func(object client.Object) {
		versions = append(versions, object.GetName()+"@"+object.GetResourceVersion())
	}
	for _, machine := range f.machines() {
		add(&machine)
		for _, part := range f.parts(machine) {
			add(part)
		}
	}
	for _, suffix := range []string{"-ca", "-cca", "-etcd", "-peer-etcd", "-kubeconfig", "-token"} {
		add(f.secret(suffix))
	}
	template := newInfra("EvrocMachineTemplate")
	f.mustGet(templateName, template)
	add(template)
	return versions
}

func TestAnIdleReconcileChangesNothing(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	before, status := f.versions(), f.plane().Status
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if after := f.versions(); !slices.Equal(before, after) {
		t.Errorf("changed:\n%v\n%v", before, after)
	}
	status.ObservedGeneration = f.plane().Status.ObservedGeneration
	if after := f.plane().Status; fmt.Sprintf("%v", after.Conditions) != fmt.Sprintf("%v", status.Conditions) {
		t.Errorf("the status changed: %v", after)
	}
}

func TestLabelsOfAManagerCalledManagerAreTakenOver(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	infra := f.infraOf(f.machines()[0])
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"mine":"x"}}}`))
	if err := server.client.Patch(f.ctx, infra, patch, client.FieldOwner("manager")); err != nil {
		t.Fatal(err)
	}
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	infra = f.infraOf(f.machines()[0])
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

func TestChangedMetadataReachesTheMachinesWithoutARollout(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.ObjectMeta.Labels = map[string]string{"team": "a", "old": "x"}
	})
	machine := f.machines()[0]
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.MachineTemplate.ObjectMeta.Labels = map[string]string{"team": "b"}
		p.Spec.MachineTemplate.ObjectMeta.Annotations = map[string]string{"note": "c"}
	})
	f.until("the new metadata", func() error {
		current := &clusterv1.Machine{}
		f.mustGet(machine.Name, current)
		for _, object := range append(f.parts(machine), current) {
			if object.GetLabels()["team"] != "b" || object.GetAnnotations()["note"] != "c" {
				return fmt.Errorf("%s: %v %v", object.GetName(), object.GetLabels(), object.GetAnnotations())
			}
		}
		if value, found := current.Labels["old"]; found {
			return fmt.Errorf("the Machine still has the old label %s", value)
		}
		return nil
	})
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if now := f.machines(); len(now) != 1 || now[0].UID != machine.UID {
		t.Errorf("a rollout: %d Machines", len(now))
	}
}

func TestTheHookIsRestored(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	name := f.machines()[0].Name
	update(f, name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, controlplanev1.PreTerminateHookAnnotation)
	})
	f.until("the hook", func() error {
		machine := &clusterv1.Machine{}
		f.mustGet(name, machine)
		if _, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]; !held {
			return fmt.Errorf("annotations %v", machine.Annotations)
		}
		return nil
	})
}
