package full

import (
	"context"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestUpgradeOfAKubeadmCluster(t *testing.T) {
	upgraded(t, "upkubeadm", e2e.KubeadmFlavor)
}

func TestUpgradeOfAnRKE2Cluster(t *testing.T) {
	upgraded(t, "uprke2", e2e.RKE2Flavor)
}

func upgraded(t *testing.T, name string, flavor e2e.Flavor) {
	c := stack(t).Make(t, name, e2e.FullOptions{
		Flavor: flavor, ControlPlane: 1, Workers: 1})
	c.Ready()
	c.Upgrade(flavor.Versions[1])
	e2e.Within(t, e2e.Long, "all nodes run it",
		func(ctx context.Context) error {
			nodes, err := c.Nodes(ctx)
			for _, node := range nodes {
				got := node.Status.NodeInfo.KubeletVersion
				if !strings.HasPrefix(got, flavor.Versions[1]) {
					return e2e.That(false, "node %s runs %s", node.Name, got)
				}
			}
			return err
		})
	c.Ready()
	c.TearDown()
}
