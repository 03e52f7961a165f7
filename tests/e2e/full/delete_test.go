package full

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// Nothing is left, in whatever order objects are deleted.
func TestIC13DeletionInEveryOrder(t *testing.T) {
	t.Parallel()
	for _, order := range []struct {
		name  string
		start func(*e2e.FullCluster)
	}{
		{"machine", func(c *e2e.FullCluster) {
			machines, err := c.Machines(c.T.Context())
			c.Do(err)
			for _, m := range machines {
				c.Do(c.Client.Delete(c.T.Context(), &m))
			}
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"evrocmachine", func(c *e2e.FullCluster) {
			for _, m := range c.EvrocMachines() {
				c.Do(c.Client.Delete(c.T.Context(), e2e.Evroc(
					e2e.MachineKind, m.Namespace, m.Name, nil)))
			}
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"evroccluster", func(c *e2e.FullCluster) {
			c.Delete(e2e.ClusterKind, "")
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"namespace", func(c *e2e.FullCluster) {
			c.Do(c.Client.Delete(c.T.Context(), &corev1.Namespace{
				ObjectMeta: metav1.ObjectMeta{Name: c.Namespace}}))
		}},
	} {
		t.Run(order.name, func(t *testing.T) {
			c := stack(t).Make(t, "del-"+order.name, e2e.FullOptions{
				ControlPlane: 1, Workers: 1})
			c.Ready()
			order.start(c)
			c.Gone()
		})
	}
}

// D8: the templates of the control plane are deleted before it.
func TestD8TemplatesGoFirst(t *testing.T) {
	c := stack(t).Make(t, "templates", e2e.FullOptions{
		Flavor: e2e.RKE2Flavor, ControlPlane: 1, Workers: 1})
	c.Ready()
	c.Delete(e2e.MachineTemplateKind, e2e.ControlPlaneSuffix)
	c.Delete(e2e.MachineTemplateKind, e2e.WorkersSuffix)
	c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
	c.Gone()
}

// The cluster is deleted during its creation, with nodes that never joined.
func TestDeletionInTheMiddleOfCreation(t *testing.T) {
	c := stack(t).Make(t, "middle", e2e.FullOptions{
		ControlPlane: 3, Workers: 2, Zones: zones})
	e2e.Eventually(t, "its first machine is being made", c.HasVM)
	c.TearDown()
}
