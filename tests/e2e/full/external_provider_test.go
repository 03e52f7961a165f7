package full

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// D1: RKE2's own cloud controller names the Nodes, and the machines follow. The
// whole chain runs: the second server and the workers need the first one's Node.
func TestD1AnRKE2ClusterWithItsOwnCloudController(t *testing.T) {
	c := stack(t).Make(t, "embedded", e2e.FullOptions{
		Flavor: e2e.RKE2Flavor, ControlPlane: 3, Workers: 1,
		Variables: map[string]string{"EVROC_NODE_INITIALIZATION": "external"},
		Edit:      withItsOwnCloudController,
	})
	// Its Nodes have no labels of ours, so that it is not ready as other clusters.
	e2e.Within(t, e2e.Long, "each machine has its node", func(ctx context.Context) error {
		machines, err := c.Machines(ctx)
		if err != nil {
			return err
		}
		for _, m := range machines {
			if m.Status.NodeRef.Name == "" {
				return fmt.Errorf("%s: %s", m.Name, e2e.Conditions(m.Status.Conditions))
			}
		}
		return e2e.That(len(machines) == 4, "%d machines", len(machines))
	})
	nodes, err := c.Nodes(t.Context())
	c.Do(err)
	ids := map[string]bool{}
	for _, node := range nodes {
		ids[node.Spec.ProviderID] = true
	}
	machines := c.EvrocMachines()
	for _, m := range machines {
		if id := m.Spec.ProviderID; !strings.HasPrefix(id, "rke2://") || !ids[id] {
			t.Errorf("%s has provider ID %q, the Nodes have %v", m.Name, id, ids)
		}
	}
	if len(machines) != 4 || len(ids) != 4 {
		t.Errorf("%d machines, Nodes %v", len(machines), ids)
	}
	c.TearDown()
}

func withItsOwnCloudController(object *unstructured.Unstructured) {
	switch object.GetKind() {
	case "EvrocCluster":
		object.SetAnnotations(map[string]string{
			"infrastructure.cluster.x-k8s.io/external-cloud-provider": "true"})
	case "RKE2ControlPlane":
		unstructured.RemoveNestedField(object.Object, "spec", "serverConfig", "disableComponents")
	}
}
