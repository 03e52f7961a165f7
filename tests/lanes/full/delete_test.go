package full

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/lanes"
)

// Whatever is deleted first, nothing is left.
func TestIC13DeletionInEveryOrder(t *testing.T) {
	for _, order := range []struct {
		name  string
		start func(*lanes.FullCluster)
	}{
		{"machine", func(c *lanes.FullCluster) {
			machines, err := c.Machines(c.T.Context())
			c.Do(err)
			for _, m := range machines {
				c.Do(c.Client.Delete(c.T.Context(), &m))
			}
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"evrocmachine", func(c *lanes.FullCluster) {
			for _, m := range c.EvrocMachines() {
				c.Do(c.Client.Delete(c.T.Context(), lanes.Evroc(
					lanes.MachineKind, m.Namespace, m.Name, nil)))
			}
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"evroccluster", func(c *lanes.FullCluster) {
			c.Delete(lanes.ClusterKind, "")
			c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
		}},
		{"namespace", func(c *lanes.FullCluster) {
			c.Do(c.Client.Delete(c.T.Context(), &corev1.Namespace{
				ObjectMeta: metav1.ObjectMeta{Name: c.Namespace}}))
		}},
	} {
		t.Run(order.name, func(t *testing.T) {
			c := stack(t).Make(t, "del-"+order.name, lanes.FullOptions{
				ControlPlane: 1, Workers: 1})
			c.Ready()
			order.start(c)
			c.Gone()
		})
	}
}

// D8: the templates of the control plane are gone before it.
func TestD8TemplatesGoFirst(t *testing.T) {
	c := stack(t).Make(t, "templates", lanes.FullOptions{
		Flavor: lanes.RKE2Flavor, ControlPlane: 1, Workers: 1})
	c.Ready()
	c.Delete(lanes.MachineTemplateKind, lanes.ControlPlaneSuffix)
	c.Delete(lanes.MachineTemplateKind, lanes.WorkersSuffix)
	c.Delete(clusterv1.GroupVersion.WithKind("Cluster"), "")
	c.Gone()
}

// In the middle of its creation, with nodes that never joined.
func TestDeletionInTheMiddleOfCreation(t *testing.T) {
	c := stack(t).Make(t, "middle", lanes.FullOptions{
		ControlPlane: 3, Workers: 2, Zones: zones})
	lanes.Eventually(t, "its first machine is being made", c.HasVM)
	c.Removed()
}
