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

func (w *world) scaleTo(replicas int32) {
	w.t.Helper()
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &replicas })
}

// deletingMachine waits for a Machine that is being deleted.
func (w *world) deletingMachine() clusterv1.Machine {
	w.t.Helper()
	var found clusterv1.Machine
	w.until("a Machine that is being deleted", func() error {
		for _, machine := range w.machines() {
			if machine.DeletionTimestamp != nil {
				found = machine
				return nil
			}
		}
		return errors.New("none")
	})
	return found
}

func (w *world) held(name string) bool {
	w.t.Helper()
	machine := &clusterv1.Machine{}
	w.mustGet(name, machine)
	_, held := machine.Annotations[controlplanev1.PreTerminateHookAnnotation]
	return held
}

func TestS26TheHookWaitsForCoreAndForEtcd(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	w.core.holdHooks = true
	w.workload.keepMembers(true)
	w.scaleTo(2)
	victim := w.deletingMachine()
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if !w.held(victim.Name) || len(w.workload.members()) > 0 {
		t.Error("the hook or the member went before core waited for it")
	}
	w.core.holdHooks = false
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if !w.held(victim.Name) {
		t.Error("the hook went before the etcd member")
	}
	if infra := w.infraOf(victim); infra.GetDeletionTimestamp() != nil {
		t.Error("the infrastructure machine is being deleted")
	}
	w.core.keepReleased = true
	w.workload.keepMembers(false)
	w.until("the release", func() error {
		if w.held(victim.Name) {
			return errors.New("still held")
		}
		return nil
	})
	w.mustGet(victim.Name, &victim)
	for _, annotation := range []string{
		"machine.cluster.x-k8s.io/exclude-node-draining",
		"machine.cluster.x-k8s.io/exclude-wait-for-node-volume-detach",
	} {
		if victim.Annotations[annotation] != "true" {
			t.Errorf("annotation %s is %q", annotation, victim.Annotations[annotation])
		}
	}
	w.core.keepReleased = false
	w.until("two servers", w.readyServers(2))
}

func TestS26TheEtcdDelayHoldsTheHook(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{EtcdDelay: time.Hour})
	w.running(2)
	w.scaleTo(1)
	victim := w.deletingMachine()
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if !w.held(victim.Name) {
		t.Error("the hook went before the delay")
	}
}

func TestS26OtherHooksGoFirst(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	other := clusterv1.PreTerminateDeleteHookAnnotationPrefix + "/other"
	for _, machine := range w.machines() {
		update(w, machine.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
			m.Annotations[other] = ""
		})
	}
	w.scaleTo(1)
	victim := w.deletingMachine()
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if !w.held(victim.Name) {
		t.Error("the hook went before another one")
	}
	update(w, victim.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, other)
	})
	w.until("one server", w.readyServers(1))
}

func TestS26ChoosesTheMarkedOne(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	machines := w.machines()
	slices.SortFunc(machines, func(a, b clusterv1.Machine) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	marked := machines[2].Name
	update(w, marked, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		m.Annotations[clusterv1.DeleteMachineAnnotation] = "yes"
	})
	w.scaleTo(2)
	if victim := w.deletingMachine(); victim.Name != marked {
		t.Errorf("chose %s, not the marked %s", victim.Name, marked)
	}
	w.until("two servers", w.readyServers(2))
}

func TestS26ThreeToOneOneByOne(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(3)
	w.scaleTo(1)
	w.until("one server", w.readyServers(1))
	if w.core.deletions != 1 {
		t.Errorf("%d Machines were being deleted at once", w.core.deletions)
	}
	if members := w.workload.members(); len(members) != 2 {
		t.Errorf("etcd let %v go", members)
	}
}

func TestS27AMachineWhoseNodeIsGoneKeepsItsHook(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	for _, machine := range w.machines() {
		w.workload.loseNode(machine.Status.NodeRef.Name)
	}
	w.scaleTo(1)
	victim := w.deletingMachine()
	for range 3 {
		if err := w.settle(); err != nil {
			t.Error("a pass failed:", err)
		}
	}
	if !w.held(victim.Name) {
		t.Error("the hook went")
	}
	// The way out in the field: somebody removes the hook by hand.
	update(w, victim.Name, &clusterv1.Machine{}, func(m *clusterv1.Machine) {
		delete(m.Annotations, controlplanev1.PreTerminateHookAnnotation)
	})
	w.until("one server", w.machineCount(1))
}

func TestS27WithTheSwitchALostNodeIsLetGo(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{ReleaseLostNodes: true})
	w.running(2)
	for _, machine := range w.machines() {
		w.workload.loseNode(machine.Status.NodeRef.Name)
	}
	w.scaleTo(1)
	w.until("one server", w.machineCount(1))
}

func TestS28LoadBalancersLetTheNodeGoFirst(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2, func(p *controlplanev1.RKE2ControlPlane) {
		p.Annotations = map[string]string{controlplanev1.LoadBalancerExclusionAnnotation: "true"}
	})
	for _, machine := range w.machines() {
		if _, held := machine.Annotations[controlplanev1.PreDrainHookAnnotation]; !held {
			t.Errorf("Machine %s has no pre-drain hook", machine.Name)
		}
	}
	w.workload.keepMembers(true)
	w.scaleTo(1)
	victim := w.deletingMachine()
	w.until("the pre-drain hook to go", func() error {
		machine := &clusterv1.Machine{}
		w.mustGet(victim.Name, machine)
		if _, held := machine.Annotations[controlplanev1.PreDrainHookAnnotation]; held {
			return fmt.Errorf("annotations %v", machine.Annotations)
		}
		return nil
	})
	if !w.workload.wasExcluded(victim.Name) {
		t.Error("the Node was not labelled first")
	}
	if !w.held(victim.Name) {
		t.Error("the pre-terminate hook went too")
	}
	w.workload.keepMembers(false)
	w.until("one server", w.readyServers(1))
}
