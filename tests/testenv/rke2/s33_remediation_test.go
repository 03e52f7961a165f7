package rke2_test

import (
	"errors"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// giveUp is what a health check writes on a Machine that is to be replaced.
func (w *world) giveUp(name string) {
	w.t.Helper()
	updateStatus(w, name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		for kind, reason := range map[string]string{
			clusterv1.MachineHealthCheckSucceededCondition: clusterv1.MachineHealthCheckUnhealthyNodeReason,
			clusterv1.MachineOwnerRemediatedCondition:      clusterv1.MachineOwnerRemediatedWaitingForRemediationReason,
		} {
			conditions.Set(m, metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason})
		}
	})
}

func TestS33AnUnhealthyServerIsReplaced(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	sick := w.machines()[0]
	w.workload.keepMembers(true)
	w.giveUp(sick.Name)
	if victim := w.deletingMachine(); victim.Name != sick.Name {
		t.Errorf("deleted %s, not %s", victim.Name, sick.Name)
	}
	w.until("the annotation", func() error {
		plane := w.plane()
		if _, found := plane.Annotations[controlplanev1.RemediationInProgressAnnotation]; !found {
			return errors.New("none")
		}
		if last := plane.Status.LastRemediation; last == nil || last.Machine != sick.Name {
			return fmt.Errorf("last remediation %v", last)
		}
		return nil
	})
	w.workload.keepMembers(false)
	w.until("three servers", w.replaced(map[string]bool{string(sick.UID): true}, 3))
	w.until("the end of the remediation", func() error {
		if text, found := w.plane().Annotations[controlplanev1.RemediationInProgressAnnotation]; found {
			return errors.New(text)
		}
		return nil
	})
}

func TestS33TheOnlyServerStays(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	old := w.uids()
	w.giveUp(w.machines()[0].Name)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.unchanged(old)
}

func TestS33DeferredWhileAnotherIsProvisioned(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	sick := w.machines()[0].Name
	w.core.fallback = toProvisioned
	for _, machine := range w.machines() {
		w.core.reaches[machine.Name] = toReady
	}
	w.scaleTo(3)
	w.until("the third server", w.machineCount(3))
	old := w.uids()
	w.giveUp(sick)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.unchanged(old)
	w.core.fallback = toReady
	if victim := w.deletingMachine(); victim.Name != sick {
		t.Errorf("deleted %s, not %s", victim.Name, sick)
	}
}

func TestS33DeferredWhileAnotherIsDeleted(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	w.workload.keepMembers(true)
	w.scaleTo(2)
	victim := w.deletingMachine()
	for _, machine := range w.machines() {
		if machine.Name != victim.Name {
			w.giveUp(machine.Name)
			break
		}
	}
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if w.core.deletions != 1 {
		t.Errorf("%d Machines are being deleted", w.core.deletions)
	}
}

func TestS33BeforeInitializationItIsJustDeleted(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.fallback = toProvisioned
	w.build(1)
	w.provision()
	sick := w.firstServer()
	w.giveUp(sick.Name)
	w.until("another first server", func() error {
		machines := w.machines()
		if len(machines) != 1 || machines[0].Name == sick.Name {
			return fmt.Errorf("%d Machines", len(machines))
		}
		return nil
	})
	w.workload.serve(true)
	w.core.fallback = toReady
	w.until("ready", w.readyServers(1))
}
