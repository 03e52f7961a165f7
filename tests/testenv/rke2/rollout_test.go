package rke2_test

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// uids returns the UIDs of the Machines.
func (f *fixture) uids() map[string]bool {
	f.t.Helper()
	uids := map[string]bool{}
	for _, machine := range f.machines() {
		uids[string(machine.UID)] = true
	}
	return uids
}

// replaced is a check for until: there is that number of servers, none of them
// old.
func (f *fixture) replaced(old map[string]bool, want int) func() error {
	return func() error {
		for uid := range f.uids() {
			if old[uid] {
				return fmt.Errorf("Machine %s is still there", uid)
			}
		}
		return f.readyServers(want)()
	}
}

func TestARolloutReplacesTheMachines(t *testing.T) {
	for name, change := range map[string]func(*controlplanev1.RKE2ControlPlane){
		"version":      func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion },
		"inlineSpec":   func(p *controlplanev1.RKE2ControlPlane) { p.Spec.PreRKE2Commands = []string{"true"} },
		"serverConfig": func(p *controlplanev1.RKE2ControlPlane) { p.Spec.ServerConfig.CNI = "canal" },
		"templateName": func(p *controlplanev1.RKE2ControlPlane) {
			p.Spec.MachineTemplate.Spec.InfrastructureRef.Name = "another"
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, noSwitches)
			f.create(newTemplate("another"))
			f.running(1)
			old := f.uids()
			f.updatePlane(change)
			f.until("the rollout", f.replaced(old, 1))
			for _, machine := range f.machines() {
				if got := f.plane().Spec.Version; machine.Spec.Version != got {
					t.Errorf("version %s, want %s", machine.Spec.Version, got)
				}
			}
		})
	}
}

func TestChangedTemplateContentIsNoRollout(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	old := f.uids()
	template := newInfra("EvrocMachineTemplate")
	update(f, templateName, template, func(u *unstructured.Unstructured) {
		err := unstructured.SetNestedField(u.Object, "c1a.m", "spec", "template", "spec", "computeProfile")
		if err != nil {
			t.Fatal(err)
		}
	})
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.unchanged(old)
}

func (f *fixture) unchanged(old map[string]bool) {
	f.t.Helper()
	now := f.uids()
	if fmt.Sprint(now) != fmt.Sprint(old) {
		f.t.Errorf("the Machines changed: %v, were %v", now, old)
	}
	for _, machine := range f.machines() {
		if machine.DeletionTimestamp != nil {
			f.t.Errorf("Machine %s is being deleted", machine.Name)
		}
	}
}

func TestWithoutATypeNothingIsRolledOut(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1, func(p *controlplanev1.RKE2ControlPlane) { p.Spec.RolloutStrategy.Type = "" })
	old := f.uids()
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	for range 2 {
		if err := f.settle(); err != nil {
			t.Error("a reconcile failed:", err)
		}
	}
	f.unchanged(old)
	if isTrue(f.plane(), controlplanev1.MachinesUpToDateCondition) {
		t.Error("the Machines are said to be up to date")
	}
}

func TestSurgeOneAddsBeforeItRemoves(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	old := f.uids()
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	f.until("the rollout", f.replaced(old, 2))
	if f.core.fewest != 2 || f.core.most != 3 {
		t.Errorf("between %d and %d living Machines, want 2 and 3", f.core.fewest, f.core.most)
	}
	if f.core.deletions != 1 {
		t.Errorf("%d Machines were being deleted at once", f.core.deletions)
	}
}

func surgeZero(p *controlplanev1.RKE2ControlPlane) {
	zero := intstr.FromInt32(0)
	p.Spec.RolloutStrategy.RollingUpdate = &controlplanev1.RollingUpdateSpec{MaxSurge: &zero}
}

func TestSurgeZeroRemovesBeforeItAdds(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3, surgeZero)
	old := f.uids()
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	f.until("the rollout", f.replaced(old, 3))
	if f.core.fewest != 2 || f.core.most != 3 {
		t.Errorf("between %d and %d living Machines, want 2 and 3", f.core.fewest, f.core.most)
	}
	if f.core.deletions != 1 {
		t.Errorf("%d Machines were being deleted at once", f.core.deletions)
	}
}

func TestSurgeZeroTakesTheOnlyServer(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1, surgeZero)
	old := f.uids()
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	f.until("the rollout", f.replaced(old, 1))
	if f.core.fewest != 0 || f.core.most != 1 {
		t.Errorf("between %d and %d living Machines, want 0 and 1", f.core.fewest, f.core.most)
	}
}
