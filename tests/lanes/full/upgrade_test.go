package full

import (
	"context"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/lanes"
)

func TestUpgradeOfAKubeadmCluster(t *testing.T) {
	upgraded(t, "upkubeadm", lanes.KubeadmFlavor)
}

func TestUpgradeOfAnRKE2Cluster(t *testing.T) {
	upgraded(t, "uprke2", lanes.RKE2Flavor)
}

func upgraded(t *testing.T, name string, flavor lanes.Flavor) {
	c := stack(t).Make(t, name, lanes.FullOptions{
		Flavor: flavor, ControlPlane: 1, Workers: 1})
	c.Ready()
	c.Upgrade(flavor.Versions[1])
	lanes.Within(t, lanes.Long, "all nodes run it",
		func(ctx context.Context) error {
			nodes, err := c.Nodes(ctx)
			for _, node := range nodes {
				got := node.Status.NodeInfo.KubeletVersion
				if !strings.HasPrefix(got, flavor.Versions[1]) {
					return lanes.That(false, "node %s runs %s", node.Name, got)
				}
			}
			return err
		})
	c.Ready()
	c.Removed()
}
