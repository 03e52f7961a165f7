package rke2_test

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// uids tells the Machines apart.
func (w *world) uids() map[string]bool {
	w.t.Helper()
	uids := map[string]bool{}
	for _, machine := range w.machines() {
		uids[string(machine.UID)] = true
	}
	return uids
}

// replaced is a check for until: so many servers, none of the old ones.
func (w *world) replaced(old map[string]bool, want int) func() error {
	return func() error {
		for uid := range w.uids() {
			if old[uid] {
				return fmt.Errorf("Machine %s is still there", uid)
			}
		}
		return w.readyServers(want)()
	}
}

func TestS29ARolloutReplacesTheMachines(t *testing.T) {
	for name, change := range map[string]func(*controlplanev1.RKE2ControlPlane){
		"version":      func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion },
		"inlineSpec":   func(p *controlplanev1.RKE2ControlPlane) { p.Spec.PreRKE2Commands = []string{"true"} },
		"serverConfig": func(p *controlplanev1.RKE2ControlPlane) { p.Spec.ServerConfig.CNI = "canal" },
		"templateName": func(p *controlplanev1.RKE2ControlPlane) {
			p.Spec.MachineTemplate.Spec.InfrastructureRef.Name = "another"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, noSwitches)
			w.create(newTemplate("another"))
			w.running(1)
			old := w.uids()
			w.updatePlane(change)
			w.until("the rollout", w.replaced(old, 1))
			for _, machine := range w.machines() {
				if got := w.plane().Spec.Version; machine.Spec.Version != got {
					t.Errorf("version %s, want %s", machine.Spec.Version, got)
				}
			}
		})
	}
}

func TestS29ChangedTemplateContentIsNoRollout(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	old := w.uids()
	template := newInfra("EvrocMachineTemplate")
	update(w, templateName, template, func(u *unstructured.Unstructured) {
		err := unstructured.SetNestedField(u.Object, "c1a.m", "spec", "template", "spec", "computeProfile")
		if err != nil {
			t.Fatal(err)
		}
	})
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.unchanged(old)
}

func (w *world) unchanged(old map[string]bool) {
	w.t.Helper()
	now := w.uids()
	if fmt.Sprint(now) != fmt.Sprint(old) {
		w.t.Errorf("the Machines changed: %v, were %v", now, old)
	}
	for _, machine := range w.machines() {
		if machine.DeletionTimestamp != nil {
			w.t.Errorf("Machine %s is being deleted", machine.Name)
		}
	}
}

func TestS29WithoutATypeNothingIsRolledOut(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1, func(p *controlplanev1.RKE2ControlPlane) { p.Spec.RolloutStrategy.Type = "" })
	old := w.uids()
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	for range 2 {
		if err := w.settle(); err != nil {
			t.Error("a pass failed:", err)
		}
	}
	w.unchanged(old)
	if isTrue(w.plane(), controlplanev1.MachinesUpToDateCondition) {
		t.Error("the Machines are said to be up to date")
	}
}

func TestS29SurgeOneAddsBeforeItRemoves(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	old := w.uids()
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	w.until("the rollout", w.replaced(old, 2))
	if w.core.fewest != 2 || w.core.most != 3 {
		t.Errorf("between %d and %d living Machines, want 2 and 3", w.core.fewest, w.core.most)
	}
	if w.core.deletions != 1 {
		t.Errorf("S30: %d Machines were being deleted at once", w.core.deletions)
	}
}

func surgeZero(p *controlplanev1.RKE2ControlPlane) {
	zero := intstr.FromInt32(0)
	p.Spec.RolloutStrategy.RollingUpdate = &controlplanev1.RollingUpdateSpec{MaxSurge: &zero}
}

func TestS29SurgeZeroRemovesBeforeItAdds(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3, surgeZero)
	old := w.uids()
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	w.until("the rollout", w.replaced(old, 3))
	if w.core.fewest != 2 || w.core.most != 3 {
		t.Errorf("between %d and %d living Machines, want 2 and 3", w.core.fewest, w.core.most)
	}
	if w.core.deletions != 1 {
		t.Errorf("S30: %d Machines were being deleted at once", w.core.deletions)
	}
}

func TestS29SurgeZeroTakesTheOnlyServer(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1, surgeZero)
	old := w.uids()
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Version = newVersion })
	w.until("the rollout", w.replaced(old, 1))
	if w.core.fewest != 0 || w.core.most != 1 {
		t.Errorf("between %d and %d living Machines, want 0 and 1", w.core.fewest, w.core.most)
	}
}
