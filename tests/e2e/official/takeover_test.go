package official

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// A cluster that is finished gets our labels, and is otherwise left as it is.
func TestFinishedClustersAreTakenOver(t *testing.T) {
	t.Parallel()
	for name, plan := range provisioned() {
		t.Run(name, func(t *testing.T) {
			h := begin(t, plan)
			for _, message := range h.paused() {
				if !strings.HasSuffix(message, "; nothing else changes") {
					t.Errorf("the report says that more changes: %s", message)
				}
			}
			h.unpause()
			h.taken(h.objects()...)
			h.onlyLabelled(h.objects()...)
			h.onlyPatched(h.objects()...)
			h.sameSpecs(h.objects()...)
		})
	}
}

// Nothing changes any more after a take-over.
func TestAClusterThatIsTakenOverIsSilent(t *testing.T) {
	h := begin(t, provisioned()["Everything"])
	h.unpause()
	h.taken(h.objects()...)
	h.Settled()
	versions, err := e2e.ResourceVersions(t.Context(), h, h.Namespace)
	h.Do(err)
	h.calls = h.CloudCalls(nil)
	h.before = h.CloudSnapshot()
	h.Do(h.Restart(t.Context(), e2e.Shim))
	h.Do(h.Restart(t.Context(), e2e.Network))
	h.Do(h.Restart(t.Context(), e2e.Compute))
	h.untouched()
	now, err := e2e.ResourceVersions(t.Context(), h, h.Namespace)
	h.Do(err)
	h.Do(e2e.SameVersions(versions, now))
}

// The creation of a cluster goes on under its names.
func TestUnfinishedClustersAreFinished(t *testing.T) {
	t.Parallel()
	for name, plan := range unfinishedClusters() {
		t.Run(name, func(t *testing.T) {
			h := begin(t, plan)
			h.paused()
			h.unpause()
			h.taken(h.cluster())
			h.grown(h.finished())
			m := h.NewMachine("md-0", e2e.MachineOptions{}).Provisioned()
			h.TearDown(m)
			h.onlyOthersLeft()
		})
	}
}

// So does that of machines of older versions, as long as no VM has to be proven,
// by which data disks are known.
func TestUnfinishedMachinesOfOlderVersionsAreFinished(t *testing.T) {
	t.Parallel()
	for name, era := range map[string]Era{"ByUID": ByUID, "Updated": Updated} {
		for _, until := range []Step{BootDisk, MachineAddress, Groups} {
			t.Run(name+"/"+string(until), func(t *testing.T) {
				machine := rich
				machine.Until, machine.Disks = until, nil
				plan := withMachine(machine)
				plan.Era = era
				h := begin(t, plan)
				h.paused()
				h.unpause()
				h.taken(h.objects()...)
				h.grown(h.finished())
			})
		}
	}
}

// And their deletion goes on.
func TestDeletedMachinesOfOlderVersionsAreRemoved(t *testing.T) {
	t.Parallel()
	for name, era := range map[string]Era{"ByUID": ByUID, "Updated": Updated} {
		t.Run(name, func(t *testing.T) {
			plan := withMachine(deletedMachines()["JustDeleted"])
			plan.Era = era
			h := begin(t, plan)
			h.paused()
			last := h.Machines[len(h.Machines)-1]
			h.unpause()
			last.Gone()
			rest := h.objects()
			h.taken(rest[:len(rest)-1]...)
			h.shrunk(last.Objects())
		})
	}
}

// The creation of a machine goes on under its names, and the VM that starts is
// the one that becomes ready. After a move only the cloud tells its zone.
func TestUnfinishedMachinesAreFinished(t *testing.T) {
	t.Parallel()
	for name, plan := range unfinishedMachines() {
		for _, moved := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/moved=%v", name, moved), func(t *testing.T) {
				whole := withMachine(plan)
				whole.Moved = moved
				h := begin(t, whole)
				h.paused()
				h.unpause()
				h.taken(h.objects()...)
				h.grown(h.finished())
				last := h.Machines[len(h.Machines)-1]
				got := h.read(of(last)).Spec["providerID"]
				want := "evroc://" + h.get(cloud.Machines, last.Name()).Metadata.UID
				if got != want {
					t.Errorf("providerID %v, want %s", got, want)
				}
			})
		}
	}
}

// The deletion of a machine goes on, and leaves nothing of it and everything
// of others.
func TestDeletedMachinesAreRemoved(t *testing.T) {
	t.Parallel()
	for name, plan := range deletedMachines() {
		t.Run(name, func(t *testing.T) {
			h := begin(t, withMachine(plan))
			h.paused()
			last := h.Machines[len(h.Machines)-1]
			h.unpause()
			last.Gone()
			rest := h.objects()
			h.taken(rest[:len(rest)-1]...)
			h.shrunk(last.Objects())
		})
	}
}

// The deletion of a whole cluster goes on, with what the CCM and the CSI driver
// have made.
func TestADeletedClusterIsRemoved(t *testing.T) {
	plan := provisioned()["Everything"]
	plan.Deleting, plan.Drivers, plan.ExistingAddress = true, true, true
	for n := range plan.Machines {
		plan.Machines[n].Deleting = true
	}
	h := begin(t, plan)
	h.paused()
	h.unpause()
	for _, m := range h.Machines {
		m.Gone()
	}
	h.EvrocGone()
	h.Do(h.Release(t.Context(), h.Object))
	h.onlyOthersLeft()
}

// A machine that is paused by itself is taken over when it is not any more.
func TestAMachineThatIsPausedByItselfWaits(t *testing.T) {
	waiting := rich
	waiting.Paused = true
	h := begin(t, withMachine(waiting))
	h.paused()
	h.unpause()
	all := h.objects()
	last := len(all) - 1
	h.taken(all[:last]...)
	h.reports(all[last], provenReason)
	h.onlyLabelled(all[:last]...)
	h.until(all[last], "says that it is paused", func(v objectView) error {
		return v.Status.Is("Paused", metav1.ConditionTrue)
	})
	h.Machines[last-1].PatchEvroc(
		`{"metadata":{"annotations":{"cluster.x-k8s.io/paused":null}}}`)
	h.taken(all...)
	h.onlyLabelled(all...)
	h.onlyPatched(all...)
}

// A machine whose VM somebody has stopped or removed is taken over with all that
// is there, and says what it lacks. The VM is neither started nor made again.
func TestMachinesThatDoNotRunAreTakenOver(t *testing.T) {
	t.Parallel()
	stopped, lost := rich, rich
	stopped.Stopped = true
	lost.Gone = []Step{Starting}
	for reason, machine := range map[string]MachinePlan{
		"Stopped": stopped, "Lost": lost} {
		t.Run(reason, func(t *testing.T) {
			h := begin(t, withMachine(machine))
			h.paused()
			h.unpause()
			all := h.objects()
			last := len(all) - 1
			h.taken(all[:last]...)
			h.until(all[last], "is taken over and does not run", func(v objectView) error {
				vm := v.Status.Condition("VMReady")
				return e2e.Both(v.Status.Is(takenOver, metav1.ConditionTrue),
					v.Status.Is("Ready", metav1.ConditionFalse),
					e2e.That(vm.Reason == reason, "VMReady is %s: %s", vm.Reason,
						vm.Message))
			})
			h.onlyLabelled(all...)
			h.onlyPatched(all...)
			h.sameSpecs(all...)
		})
	}
}
