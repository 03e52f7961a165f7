package full

import (
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
	c.Ready()
	nodes, err := c.Nodes(t.Context())
	c.Do(err)
	for _, node := range nodes {
		if got := node.Status.NodeInfo.KubeletVersion; !strings.HasPrefix(got,
			flavor.Versions[1]) {
			t.Errorf("node %s runs %s", node.Name, got)
		}
	}
	c.Removed()
}
