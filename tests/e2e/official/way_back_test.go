package official

import (
	"slices"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// The annotation of an EvrocCluster that gives a cluster back, and the reason
// that its objects then have.
const (
	giveBack  = `{"metadata":{"annotations":{"evroc.com/give-back":"true"}}}`
	givenBack = "GivenBack"
)

// What was taken over can be given back: the cloud is as it was, the official
// provider's finalizers are on, and nothing is written any more.
func TestTheWayBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Everything", "ByUID", "Moved"} {
		t.Run(name, func(t *testing.T) {
			h := begin(t, provisioned()[name])
			h.unpause()
			h.taken(h.objects()...)
			h.PatchEvroc(giveBack)
			for _, o := range h.objects() {
				h.reports(o, givenBack)
				h.unmarked(o)
				h.finalizedByThem(o)
			}
			h.sameSpecs(h.objects()...)
			h.calls = h.CloudCalls(nil)
			h.PatchEvroc(`{"spec":{"additionalLabels":{"team":"red"}}}`)
			h.untouched()
		})
	}
}

// finalizedByThem ends the test if an object has not exactly the official
// provider's finalizer.
func (h *handover) finalizedByThem(o object) {
	h.T.Helper()
	want := e2e.ClusterFinalizer
	if o.machine != nil {
		want = machineFinalizer
	}
	if got := h.read(o).Finalizers; !slices.Equal(got, []string{want}) {
		h.T.Errorf("%s has the finalizers %v", o.key.Name, got)
	}
}
