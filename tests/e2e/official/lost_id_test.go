package official

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// Objects of ours whose owner ids were removed get them back from their other
// names. Nothing makes them ones of the official provider: in the cloud all is
// as it was.
func TestLostOwnerIDsOfOurOwnArePutBack(t *testing.T) {
	f := newFixture(t)
	f.Do(f.StartShim(t.Context(), e2e.Shim))
	c := f.NewCluster("c", e2e.ClusterOptions{}).Provisioned()
	m := c.NewMachine("cp-0", e2e.MachineOptions{ControlPlane: true}).Provisioned()
	f.Settled()
	before := f.CloudSnapshot()
	ids := []string{c.OwnerID(), m.View().Annotations[e2e.OwnerIDAnnotation]}

	const lost = `{"metadata":{"annotations":{"evroc.com/owner-id":null}}}`
	c.PatchEvroc(lost)
	m.PatchEvroc(lost)
	same := func(v metav1.ObjectMeta, status e2e.CommonStatus, id string) error {
		_, prefixed := v.Annotations[prefixAnnotation]
		got := v.Annotations[e2e.OwnerIDAnnotation]
		return e2e.Both(e2e.That(got == id, "owner id %q, want %s", got, id),
			e2e.That(!prefixed, "it has a resource prefix"),
			status.Is("Ready", metav1.ConditionTrue),
			status.Is(takenOver, "absent"))
	}
	c.Until("has its id again", func(v e2e.ClusterView) error {
		return same(v.ObjectMeta, v.Status.CommonStatus, ids[0])
	})
	m.Until("has its id again", func(v e2e.MachineView) error {
		return same(v.ObjectMeta, v.Status.CommonStatus, ids[1])
	})
	f.Settled()
	for _, change := range before.Changes(f.CloudSnapshot()) {
		t.Errorf("in the cloud %s", change)
	}
	c.TearDown(m)
	f.NothingLeft()
}
