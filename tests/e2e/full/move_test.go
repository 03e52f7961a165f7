package full

import (
	"context"
	"testing"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// A cluster of each flavour moves to a second management cluster. The cloud
// does not change; then the cluster is scaled and removed from there.
func TestMVMoveToAnotherManagementCluster(t *testing.T) {
	s := stack(t)
	target := e2e.SecondStack(t, s)
	for _, flavor := range []e2e.Flavor{e2e.KubeadmFlavor,
		e2e.RKE2Flavor} {
		t.Run(flavor.ControlPlane, func(t *testing.T) {
			c := s.Make(t, "move"+flavor.Name, e2e.FullOptions{
				Flavor: flavor, ControlPlane: 3, Workers: 1, Zones: zones})
			c.Ready()
			before, err := c.Inventory(t.Context())
			c.Do(err)
			target.EnsureNamespace(t, c.Namespace)
			c.Do(s.Clusterctl(t.Context(), "move", "--namespace", c.Namespace,
				"--to-kubeconfig", target.Kubeconfig))
			moved := c.On(target)
			moved.Ready()
			after, err := moved.Inventory(t.Context())
			c.Do(err)
			if changed := cloud.Difference(before, after); changed != "" {
				t.Errorf("the cloud changed:\n%s", changed)
			}
			e2e.Eventually(t, "the source is empty",
				func(ctx context.Context) error {
					return e2e.Gone(ctx, s.Client,
						clusterv1.GroupVersion.WithKind("Cluster"), c.Key(""))
				})
			moved.Scale(3, 2)
			moved.TearDown()
		})
	}
}
