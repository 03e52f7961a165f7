package official

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// taken waits until objects are taken over and ready. Core sees when the cluster
// is: after a move it does not know that yet, and machines wait for it.
func (h *handover) taken(objects ...object) {
	h.T.Helper()
	for _, o := range objects {
		h.until(o, "is taken over", func(v objectView) error {
			return e2e.Both(v.Status.Is(takenOver, metav1.ConditionTrue),
				v.Status.Is("Ready", metav1.ConditionTrue),
				e2e.That(v.Status.Ready && v.Status.Provisioned(),
					"ready %v, provisioned %v", v.Status.Ready,
					v.Status.Provisioned()))
		})
		h.marked(o)
		if o.machine == nil {
			h.Provisioned()
		}
	}
}

// marked ends the test if an object that was taken over has not our finalizer
// and annotations, or still a finalizer or a condition that only the official
// provider keeps.
func (h *handover) marked(o object) {
	h.T.Helper()
	v := h.read(o)
	finalizer := e2e.ClusterFinalizer
	if o.machine != nil {
		finalizer = e2e.MachineFinalizer
	}
	if !slices.Equal(v.Finalizers, []string{finalizer}) {
		h.T.Errorf("%s has the finalizers %v", o.key.Name, v.Finalizers)
	}
	for name, want := range map[string]string{
		e2e.OwnerIDAnnotation: o.id, prefixAnnotation: o.prefix} {
		if got := v.Annotations[name]; got != want {
			h.T.Errorf("%s has the annotation %s=%s, want %s", o.key.Name, name, got,
				want)
		}
	}
	h.Do(v.Status.Is(balancerCondition, "absent"))
	if o.machine == nil && !h.Plan.Moved {
		h.Do(v.Status.Is(foreignCondition, metav1.ConditionTrue))
	}
}

// sameSpecs ends the test if a spec was changed.
func (h *handover) sameSpecs(objects ...object) {
	h.T.Helper()
	for _, o := range objects {
		if now := h.read(o).spec(); now != h.specs[o.key.Name] {
			h.T.Errorf("the spec of %s was\n%s\nand is\n%s", o.key.Name,
				h.specs[o.key.Name], now)
		}
	}
}

// onlyLabelled ends the test if anything but our labels has changed in the
// cloud, or if the objects have not the labels of their owners.
func (h *handover) onlyLabelled(objects ...object) {
	h.T.Helper()
	h.Settled()
	after := h.CloudSnapshot()
	for _, change := range h.before.WithoutLabels("capi-").
		Changes(after.WithoutLabels("capi-")) {
		h.T.Errorf("in the cloud %s", change)
	}
	labelled := map[string]bool{}
	for _, o := range objects {
		for _, name := range o.names {
			labelled[name] = true
			h.owned(after, o, name)
		}
	}
	for name := range after {
		for key := range after.Labels(name) {
			if strings.HasPrefix(key, "capi-") && !labelled[name] {
				h.T.Errorf("%s, which nobody has to take, has the label %s", name, key)
			}
		}
	}
}

// owned ends the test if an object of the cloud has not the labels of its
// owner.
func (h *handover) owned(all cloud.Snapshot, o object, name string) {
	h.T.Helper()
	labels := all.Labels(name)
	want := map[string]string{cloud.LabelClusterID: h.cluster().id,
		cloud.LabelClusterName: h.Object.Name}
	if o.machine != nil {
		maps.Copy(want, map[string]string{cloud.LabelMachineID: o.id,
			cloud.LabelMachineName: o.machine.Name()})
	}
	for key, value := range want {
		if labels[key] != value {
			h.T.Errorf("%s has the label %s=%q, want %q", name, key, labels[key],
				value)
		}
	}
	if labels[cloud.LabelManagedBy] == "" {
		h.T.Errorf("%s lacks the label %s", name, cloud.LabelManagedBy)
	}
}

// onlyPatched ends the test if anything was made or removed, or if more was
// sent than one change for each object.
func (h *handover) onlyPatched(objects ...object) {
	h.T.Helper()
	sum := 0
	for _, o := range objects {
		sum += len(o.names)
	}
	calls := h.CloudCalls(h.calls)
	if calls.Count("POST", "")+calls.Count("DELETE", "") > 0 ||
		calls.Writes() != sum {
		h.T.Errorf("%d objects were taken over with these calls:\n%s", sum, calls)
	}
}
