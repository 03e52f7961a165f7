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
	runs(c, flavor.Versions[1])
	c.Ready()
	c.TearDown()
}

// runs waits until all nodes have that version.
func runs(c *e2e.FullCluster, version string) {
	c.T.Helper()
	e2e.Within(c.T, e2e.Long, "all nodes run "+version,
		func(ctx context.Context) error {
			nodes, err := c.Nodes(ctx)
			for _, node := range nodes {
				got := node.Status.NodeInfo.KubeletVersion
				if !strings.HasPrefix(got, version) {
					return e2e.That(false, "node %s runs %s", node.Name, got)
				}
			}
			return err
		})
}

// Machines boot from images that have Kubernetes in them. An upgrade is the
// template applied again with another image and the version in it.
func TestUpgradeOfAClusterWithPrebuiltImages(t *testing.T) {
	s := stack(t)
	flavor := e2e.PrebuiltFlavor
	images := map[string]string{}
	for _, version := range flavor.Versions {
		images[version] = "ubuntu-2404-kube-" +
			strings.ReplaceAll(version, ".", "-")
		makeImage(t, s, images[version], version)
	}
	variables := func(version string) map[string]string {
		return map[string]string{flavor.VersionVariable: version,
			"EVROC_IMAGE_NAME": "custom:" + images[version]}
	}
	c := s.Make(t, "prebuilt", e2e.FullOptions{Flavor: flavor,
		ControlPlane: 1, Workers: 1, Variables: variables(flavor.Versions[0])})
	c.Ready()
	runs(c, flavor.Versions[0])
	c.ApplyAgain(variables(flavor.Versions[1]))
	runs(c, flavor.Versions[1])
	c.Ready()
	c.TearDown()
}

func makeImage(t *testing.T, s *e2e.Stack, id, version string) {
	t.Helper()
	err := s.Cloud.MakeCustomImage(t.Context(), e2e.Project, id, version)
	if err != nil {
		t.Fatal(err)
	}
}

func TestRKE2FromTheImage(t *testing.T) {
	s := stack(t)
	const image = "ubuntu-2404-rke2"
	version := e2e.RKE2Flavor.Versions[0]
	makeImage(t, s, image, version)
	c := s.Make(t, "rke2image", e2e.FullOptions{Flavor: e2e.RKE2Flavor,
		ControlPlane: 1, Workers: 1, Variables: map[string]string{
			"EVROC_IMAGE_NAME": "custom:" + image, "RKE2_AIR_GAPPED": "true"}})
	c.Ready()
	runs(c, version)
	c.TearDown()
}
