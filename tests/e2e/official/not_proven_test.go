package official

import (
	"context"
	"strings"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// What can't be proven is named and left alone, and everything else of the
// cluster is taken over.
func TestAMachineThatIsNotProvenIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]Plan{
		// Somebody else's machine and disk have its names.
		"Foreign": notProven(),
		// After a move and under an external controller only the disk could tell,
		// and that is from before 0.3.0.
		"NoProofLeft": {Era: Updated, Moved: true, External: true,
			Machines: []MachinePlan{rich}},
	} {
		t.Run(name, func(t *testing.T) {
			h := begin(t, plan)
			all := h.objects()
			last := len(all) - 1
			names(h, all[last])
			h.untouched()
			h.unpause()
			h.taken(all[:last]...)
			h.onlyLabelled(all[:last]...)
			h.onlyPatched(all[:last]...)
			names(h, all[last])
			h.unmarked(all[last])
		})
	}
}

// Its deletion waits for a person, and removes nothing.
func TestTheDeletionOfAMachineThatIsNotProvenHolds(t *testing.T) {
	h := begin(t, notProven())
	h.unpause()
	all := h.objects()
	last := len(all) - 1
	h.taken(all[:last]...)
	m := h.Machines[last-1]
	m.Delete()
	names(h, all[last])
	e2e.Throughout(t, 5*time.Second, "nobody decides", func(ctx context.Context) error {
		view, err := e2e.Get[objectView](ctx, h.Client, e2e.MachineKind, m.Key())
		return e2e.Both(err, e2e.That(len(view.Finalizers) > 0, "no finalizer"))
	})
	h.onlyLabelled(all[:last]...)
	h.onlyPatched(all[:last]...)
}

// Nothing of a cluster's network is touched if the balancer that has its name
// is another cluster's.
func TestABalancerThatIsNotProvenIsLeftAlone(t *testing.T) {
	plan := Plan{Groups: true, Ports: []int{80}, ForeignBalancer: true,
		Machines: []MachinePlan{controlPlane, worker}}
	h := begin(t, plan)
	message := h.reports(h.cluster(), notProvenReason)
	if !strings.Contains(message, h.Balancer()) {
		t.Errorf("the balancer is not named: %s", message)
	}
	h.untouched()
	h.unpause()
	h.until(h.cluster(), "has seen the end of the pause", func(v objectView) error {
		return v.Status.Is("Paused", "False")
	})
	h.reports(h.cluster(), notProvenReason)
	h.unmarked(h.cluster())
	h.Settled()
	if calls := h.CloudCalls(h.calls); calls.Count("POST", "")+
		calls.Count("DELETE", "") > 0 {
		t.Errorf("it was made or removed:\n%s", calls)
	}
	after := h.CloudSnapshot()
	for _, name := range h.Objects() {
		for key := range after.Labels(name) {
			if strings.HasPrefix(key, "capi-") {
				t.Errorf("%s has the label %s", name, key)
			}
		}
	}
}

// After a move that lost it nothing says what the network's names begin with. A
// person who knows it can say so.
func TestANetworkWithAnotherPrefixIsLeftAlone(t *testing.T) {
	h := begin(t, Plan{Moved: true, PrefixLost: true, Machines: pair})
	message := h.reports(h.cluster(), notProvenReason)
	if !strings.Contains(message, h.Balancer()) ||
		!strings.Contains(message, "another resource prefix") {
		t.Errorf("the balancer and the reason are not named: %s", message)
	}
	for _, m := range h.Machines {
		h.reports(of(m), "WaitingForCluster")
	}
	h.untouched()
	h.PatchEvroc(`{"metadata":{"annotations":{"` + resourcePrefix + `":"` + h.Prefix +
		`"}}}`)
	h.paused()
	h.unpause()
	h.taken(h.objects()...)
	h.onlyLabelled(h.objects()...)
	h.onlyPatched(h.objects()...)
}

// A VM of an older version that has never been seen running has no proof. The
// report names the labels by which a person can give one.
func TestLabelsOfABootDiskProveAnOldMachine(t *testing.T) {
	t.Parallel()
	for name, era := range map[string]Era{"ByUID": ByUID, "Updated": Updated} {
		t.Run(name, func(t *testing.T) {
			machine := rich
			machine.Until = Starting
			plan := withMachine(machine)
			plan.Era = era
			h := begin(t, plan)
			all := h.objects()
			last := len(all) - 1
			labels := map[string]string{labelClusterID: all[0].id,
				labelMachineID: all[last].id}
			message := h.reports(all[last], notProvenReason)
			for key, value := range labels {
				if !strings.Contains(message, key+"="+value) {
					t.Errorf("it does not name %s=%s: %s", key, value, message)
				}
			}
			m := h.Machines[last-1]
			h.label(cloud.Disks, m.BootDisk(), labels)
			h.before = h.CloudSnapshot()
			// Otherwise it is looked at again in two minutes.
			m.PatchEvroc(`{"metadata":{"annotations":{"example.com/look":"now"}}}`)
			h.reports(all[last], provenReason)
			h.unpause()
			h.taken(all...)
			h.grown(h.finished())
		})
	}
}

// names waits until a machine says that the VM which has its name is not proven
// to be its own.
func names(h *handover, o object) {
	h.T.Helper()
	if message := h.reports(o, notProvenReason); !strings.Contains(message, o.prefix) {
		h.T.Errorf("the VM is not named: %s", message)
	}
}

// unmarked ends the test if an object that is not taken over has annotations of
// ours.
func (h *handover) unmarked(o object) {
	h.T.Helper()
	annotations := h.read(o).Annotations
	for _, name := range []string{e2e.OwnerIDAnnotation, prefixAnnotation} {
		if value, there := annotations[name]; there {
			h.T.Errorf("%s has the annotation %s=%s", o.key.Name, name, value)
		}
	}
}
