package rke2_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
)

func (f *fixture) scaleTo(replicas int32) {
	f.t.Helper()
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &replicas })
}

// deletingMachine waits for a Machine that is being deleted.
func (f *fixture) deletingMachine() clusterv1.Machine {
	f.t.Helper()
	var found clusterv1.Machine
	f.until("a Machine that is being deleted", func() error {
		for _, machine := range f.machines() {
			if machine.DeletionTimestamp != nil {
				found = machine
				return nil
			}
		}
		return errors.New("none")
	})
	return found
}

func (f *fixture) held(name string) bool {
	f.t.Helper()
	machine := &clusterv1.Machine{}
	f.mustGet(name, machine)
	_, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]
	return held
}

func TestTheHookWaitsForCoreAndForEtcd(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	f.core.holdHooks = true
	f.workload.keepMembers(true)
	f.scaleTo(2)
	victim := f.deletingMachine()
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if !f.held(victim.Name) || len(f.workload.members()) > 0 {
		t.Error("the hook or the member went before core waited for it")
	}
	f.core.holdHooks = false
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if !f.held(victim.Name) {
		t.Error("the hook went before the etcd member")
	}
	if infra := f.infraOf(victim); infra.GetDeletionTimestamp() != nil {
		t.Error("the infrastructure machine is being deleted")
	}
	f.core.keepReleased = true
	f.workload.keepMembers(false)
	f.until("the release", func() error {
		if f.held(victim.Name) {
			return errors.New("still held")
		}
		return nil
	})
	f.mustGet(victim.Name, &victim)
	for _, annotation := range []string{
		"machine.cluster.x-k8s.io/exclude-node-draining",
		"machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach",
	} {
		if victim.Annotations[annotation] != "true" {
			t.Errorf("annotation %s is %q", annotation, victim.Annotations[annotation])
		}
	}
	f.core.keepReleased = false
	f.until("two servers", f.readyServers(2))
}

func TestTheEtcdDelayHoldsTheHook(t *testing.T) {
	f := newFixture(t, controlplane.Behaviour{EtcdDelay: time.Hour})
	f.running(2)
	f.scaleTo(1)
	victim := f.deletingMachine()
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if !f.held(victim.Name) {
		t.Error("the hook went before the delay")
	}
}

func TestOtherHooksGoFirst(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	other := clusterv1.PreTerminateDeleteHookAnnotationPrefix + "/other"
	for _, machine := range f.machines() {
		update(f, machine.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
			m.Annotations[other] = ""
		})
	}
	f.scaleTo(1)
	victim := f.deletingMachine()
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if !f.held(victim.Name) {
		t.Error("the hook went before another one")
	}
	update(f, victim.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, other)
	})
	f.until("one server", f.readyServers(1))
}

func TestScaleDownChoosesTheMarkedMachine(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	machines := f.machines()
	slices.SortFunc(machines, func(a, b clusterv1.Machine) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	marked := machines[2].Name
	update(f, marked, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		m.Annotations[clusterv1.DeleteMachineAnnotation] = "yes"
	})
	f.scaleTo(2)
	if victim := f.deletingMachine(); victim.Name != marked {
		t.Errorf("chose %s, not the marked %s", victim.Name, marked)
	}
	f.until("two servers", f.readyServers(2))
}

func TestScaleDownRemovesServersOneByOne(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(3)
	f.scaleTo(1)
	f.until("one server", f.readyServers(1))
	if f.core.deletions != 1 {
		t.Errorf("%d Machines were being deleted at once", f.core.deletions)
	}
	if members := f.workload.members(); len(members) != 2 {
		t.Errorf("etcd let %v go", members)
	}
}

func TestAMachineWhoseNodeIsGoneKeepsItsHook(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	for _, machine := range f.machines() {
		f.workload.loseNode(machine.Status.NodeRef.Name)
	}
	f.scaleTo(1)
	victim := f.deletingMachine()
	for range 3 {
		if err := f.settle(); err != nil {
			t.Error("a reconcile failed:", err)
		}
	}
	if !f.held(victim.Name) {
		t.Error("the hook went")
	}
	// A user can remove the hook by hand.
	update(f, victim.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, controlplanev1.PreTerminateHookAnnotation)
	})
	f.until("one server", f.machineCount(1))
}

func TestWithTheSwitchALostNodeIsReleased(t *testing.T) {
	f := newFixture(t, controlplane.Behaviour{ReleaseLostNodes: true})
	f.running(2)
	for _, machine := range f.machines() {
		f.workload.loseNode(machine.Status.NodeRef.Name)
	}
	f.scaleTo(1)
	f.until("one server", f.machineCount(1))
}

func TestLoadBalancersLetTheNodeGoFirst(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2, func(p *controlplanev1.RKE2ControlPlane) {
		p.Annotations = map[string]string{controlplanev1.LoadBalancerExclusionAnnotation: "true"}
	})
	for _, machine := range f.machines() {
		if _, held := machine.Annotations[controlplanev1.PreDrainHookAnnotation]; !held {
			t.Errorf("Machine %s has no pre-drain hook", machine.Name)
		}
	}
	f.workload.keepMembers(true)
	f.scaleTo(1)
	victim := f.deletingMachine()
	f.until("the pre-drain hook to go", func() error {
		machine := &clusterv1.Machine{}
		f.mustGet(victim.Name, machine)
		if _, held := machine.Annotations[controlplanev1.PreDrainHookAnnotation]; held {
			return fmt.Errorf("annotations %v", machine.Annotations)
		}
		return nil
	})
	if !f.workload.wasExcluded(victim.Name) {
		t.Error("the Node was not labelled first")
	}
	if !f.held(victim.Name) {
		t.Error("the pre-terminate hook went too")
	}
	f.workload.keepMembers(false)
	f.until("one server", f.readyServers(1))
}
