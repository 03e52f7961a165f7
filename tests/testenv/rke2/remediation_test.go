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

// markUnhealthy marks a Machine as unhealthy, as a health check does.
func (f *fixture) markUnhealthy(name string) {
	f.t.Helper()
	updateStatus(f, name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		for kind, reason := range map[string]string{
			clusterv1.MachineHealthCheckSucceededCondition: clusterv1.MachineHealthCheckUnhealthyNodeReason,
			clusterv1.MachineOwnerRemediatedCondition:      clusterv1.MachineOwnerRemediatedWaitingForRemediationReason,
		} {
			conditions.Set(m, metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason})
		}
	})
}

func TestAnUnhealthyServerIsReplaced(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	sick := f.machines()[0]
	f.workload.keepMembers(true)
	f.markUnhealthy(sick.Name)
	if victim := f.deletingMachine(); victim.Name != sick.Name {
		t.Errorf("deleted %s, not %s", victim.Name, sick.Name)
	}
	f.until("the annotation", func() error {
		plane := f.plane()
		if _, found := plane.Annotations[controlplanev1.RemediationInProgressAnnotation]; !found {
			return errors.New("none")
		}
		if last := plane.Status.LastRemediation; last == nil || last.Machine != sick.Name {
			return fmt.Errorf("last remediation %v", last)
		}
		return nil
	})
	f.workload.keepMembers(false)
	f.until("three servers", f.replaced(map[string]bool{string(sick.UID): true}, 3))
	f.until("the end of the remediation", func() error {
		if text, found := f.plane().Annotations[controlplanev1.RemediationInProgressAnnotation]; found {
			return errors.New(text)
		}
		return nil
	})
}

func TestTheOnlyServerStays(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	old := f.uids()
	f.markUnhealthy(f.machines()[0].Name)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.unchanged(old)
}

func TestDeferredWhileAnotherIsProvisioned(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	sick := f.machines()[0].Name
	f.core.fallback = toProvisioned
	for _, machine := range f.machines() {
		f.core.reaches[machine.Name] = toReady
	}
	f.scaleTo(3)
	f.until("the third server", f.machineCount(3))
	old := f.uids()
	f.markUnhealthy(sick)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.unchanged(old)
	f.core.fallback = toReady
	if victim := f.deletingMachine(); victim.Name != sick {
		t.Errorf("deleted %s, not %s", victim.Name, sick)
	}
}

func TestDeferredWhileAnotherIsDeleted(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	f.workload.keepMembers(true)
	f.scaleTo(2)
	victim := f.deletingMachine()
	for _, machine := range f.machines() {
		if machine.Name != victim.Name {
			f.markUnhealthy(machine.Name)
			break
		}
	}
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if f.core.deletions != 1 {
		t.Errorf("%d Machines are being deleted", f.core.deletions)
	}
}

func TestBeforeInitializationItIsJustDeleted(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.build(1)
	f.provision()
	sick := f.firstServer()
	f.markUnhealthy(sick.Name)
	f.until("another first server", func() error {
		machines := f.machines()
		if len(machines) != 1 || machines[0].Name == sick.Name {
			return fmt.Errorf("%d Machines", len(machines))
		}
		return nil
	})
	f.workload.serve(true)
	f.core.fallback = toReady
	f.until("ready", f.readyServers(1))
}
