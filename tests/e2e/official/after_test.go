package official

import (
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// finished are the objects as they are when the creation is over.
func (h *handover) finished() []object {
	whole := *h.Cluster
	whole.Plan.Until = Everything
	whole.Machines = nil
	for _, m := range h.Machines {
		done := *m
		done.Plan.Until = Everything
		whole.Machines = append(whole.Machines, &done)
	}
	return (&handover{Cluster: &whole}).objects()
}

// pool is the balancer's pool, whose members change.
func (h *handover) pool() string {
	return cloud.BackendPools + "/" + h.Balancer() + "-pool"
}

// grown ends the test if what was there has changed, if more or less was made
// than is missing, or if what was made can't be found by the official provider.
func (h *handover) grown(objects []object) {
	h.T.Helper()
	h.Settled()
	after := h.CloudSnapshot()
	h.kept(after)
	made := after
	for _, o := range objects {
		for _, name := range o.names {
			if _, there := after[name]; !there {
				h.T.Errorf("%s was not made", name)
				continue
			}
			h.owned(after, o, name)
			made = made.Without(name)
			if _, there := h.before[name]; !there {
				h.findable(after, o, name)
			}
		}
	}
	for name := range made {
		if _, there := h.before[name]; !there {
			h.T.Errorf("%s was made, and nobody asked for it", name)
		}
	}
}

// kept ends the test if an object that was there has changed, but for our labels
// and what the cloud reports.
func (h *handover) kept(after cloud.Snapshot, gone ...string) {
	h.T.Helper()
	changing := append(gone, h.pool())
	before := h.before.Without(changing...)
	for _, change := range plain(before).Changes(plain(after.Only(before))) {
		h.T.Errorf("in the cloud %s", change)
	}
}

// plain leaves out our labels and what the cloud reports.
func plain(s cloud.Snapshot) cloud.Snapshot {
	return s.WithoutLabels("capi-").WithoutStatus()
}

// findable ends the test if an object that we made lacks the labels that the
// official provider finds its objects by.
func (h *handover) findable(all cloud.Snapshot, o object, name string) {
	h.T.Helper()
	want := map[string]string{labelManagedBy: managedBy,
		labelClusterID: h.cluster().id}
	if o.machine != nil {
		want[labelMachineID] = o.id
	}
	labels := all.Labels(name)
	for key, value := range want {
		if labels[key] != value {
			h.T.Errorf("%s was made with the label %s=%q, want %q", name, key,
				labels[key], value)
		}
	}
}

// shrunk ends the test if something of these objects is left, or if anything
// else has changed.
func (h *handover) shrunk(gone []string) {
	h.T.Helper()
	h.becomes("all of it is gone", func(all cloud.Snapshot) error {
		return absent(all, gone...)
	})
	h.Settled()
	after := h.CloudSnapshot()
	h.kept(after, gone...)
	for name := range after {
		if _, there := h.before[name]; !there {
			h.T.Errorf("%s is new", name)
		}
	}
	for _, name := range gone {
		_, id, is := strings.Cut(name, cloud.Machines+"/")
		if is && strings.Contains(h.members(after), id) {
			h.T.Errorf("%s is still a member of the pool", id)
		}
	}
}

// members returns the pool's references.
func (h *handover) members(all cloud.Snapshot) string {
	spec, _ := all[h.pool()]["spec"].(fields)
	refs, _ := spec["backendRefs"].([]any)
	var texts []string
	for _, one := range refs {
		text, _ := one.(string)
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

// onlyOthersLeft waits until the cloud holds only what others have made, as
// they have made it.
func (h *handover) onlyOthersLeft() {
	h.T.Helper()
	own := append(h.Objects(), h.DriverObjects()...)
	for _, m := range h.Machines {
		own = append(own, m.Objects()...)
	}
	h.Settled()
	for _, change := range plain(h.before.Without(own...)).
		Changes(plain(h.CloudSnapshot())) {
		h.T.Errorf("in the cloud %s", change)
	}
}
