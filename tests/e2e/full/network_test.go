package full

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// editCluster changes the EvrocCluster's spec.
func editCluster(change func(map[string]any)) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		if object.GetKind() == e2e.ClusterKind.Kind {
			change(object.Object["spec"].(map[string]any))
		}
	}
}

func TestExistingVPCAndSubnets(t *testing.T) {
	c := stack(t).Make(t, "existing", e2e.FullOptions{
		ControlPlane: 3, Workers: 2,
		Edit: editCluster(func(spec map[string]any) {
			delete(spec, "failureDomains")
			spec["network"] = map[string]any{
				"vpcRef": "default-se-sto",
				"subnetRefs": map[string]any{"a": "default-se-sto-a",
					"b": "default-se-sto-b", "c": "default-se-sto-c"},
			}
		}),
	})
	c.Ready()
	spread(c)
	all, err := c.Inventory(t.Context())
	c.Do(err)
	if made := append(all.Of(cloud.VPCs), all.Of(cloud.Subnets)...); len(made) > 0 {
		t.Errorf("made %v", made)
	}
	c.TearDown()
}

// Evroc's older dialect has no load balancers and no zones. The cluster has one
// control-plane machine, whose public IP is the endpoint.
func TestKCPDialectWithOneControlPlaneMachine(t *testing.T) {
	c := stack(t).Make(t, "kcp", e2e.FullOptions{
		ControlPlane: 1, Workers: 2, Credential: "kubeconfig.yaml"})
	c.Ready()
	view, err := c.View(t.Context())
	c.Do(err)
	if view.Status.Network.Endpoint.LoadBalancerID != "" ||
		view.Status.Network.Endpoint.PublicIPID == "" {
		t.Errorf("endpoint %+v", view.Status.Network.Endpoint)
	}
	c.TearDown()
}

func TestServiceAccountCredential(t *testing.T) {
	c := stack(t).Make(t, "account", e2e.FullOptions{
		ControlPlane: 1, Workers: 0, Credential: "service-account.json"})
	c.Ready()
	c.TearDown()
}

// B23: with an external cloud controller manager the shim does not change
// nodes.
func TestB23ExternalNodeInitialization(t *testing.T) {
	c := stack(t).Make(t, "external", e2e.FullOptions{
		ControlPlane: 1, Workers: 0,
		Edit: editCluster(func(spec map[string]any) {
			spec["nodeInitialization"] = "external"
		}),
	})
	e2e.Within(t, e2e.Long, "there is a node", func(ctx context.Context) error {
		nodes, err := c.Nodes(ctx)
		return e2e.Both(err, e2e.That(len(nodes) == 1, "%d nodes",
			len(nodes)))
	})
	// The shim initializes the nodes of another cluster, which shows that there
	// was enough time.
	beside := c.Stack.Make(t, "beside", e2e.FullOptions{ControlPlane: 1})
	beside.Ready()
	nodes, err := c.Nodes(t.Context())
	c.Do(err)
	for _, node := range nodes {
		if node.Spec.ProviderID != "" || len(node.Spec.Taints) == 0 {
			t.Errorf("node %s: providerID %q, taints %v", node.Name,
				node.Spec.ProviderID, node.Spec.Taints)
		}
	}
	c.ActAsCloudController()
	e2e.Within(t, e2e.Long, "the machine has its node",
		func(ctx context.Context) error {
			machines, err := c.Machines(ctx)
			if err != nil || len(machines) != 1 {
				return e2e.Both(err, e2e.That(false, "%d machines",
					len(machines)))
			}
			return e2e.That(machines[0].Status.NodeRef.Name != "", "%s",
				e2e.Conditions(machines[0].Status.Conditions))
		})
	beside.TearDown()
	c.TearDown()
}

// D.18 of evroc-api.md: backends may see the clients of a load balancer and not
// the load balancer, so that their security groups have to admit them.
func TestBackendsThatSeeTheirClients(t *testing.T) {
	s := stack(t).WithCloud(t, map[string]string{
		"load_balancer_source":       "client",
		"data_plane_security_groups": "enforced",
	})
	c := s.Make(t, "clients", e2e.FullOptions{ControlPlane: 1, Workers: 1})
	c.Ready()
	view, err := c.View(t.Context())
	c.Do(err)
	if view.Status.Network.Endpoint.LoadBalancerID == "" {
		t.Errorf("endpoint %+v", view.Status.Network.Endpoint)
	}
	c.TearDown()
}

// T-10: the template has the capacity that the autoscaler needs to scale from
// zero.
func TestT10CapacityOfATemplate(t *testing.T) {
	c := stack(t).Make(t, "capacity", e2e.FullOptions{ControlPlane: 1})
	e2e.Within(t, e2e.Long, "the templates say what they give",
		func(ctx context.Context) error {
			v, err := e2e.Get[e2e.TemplateView](ctx, c.Client,
				e2e.MachineTemplateKind, c.Key(e2e.WorkersSuffix))
			return e2e.Both(err,
				e2e.That(!v.Status.Capacity.Cpu().IsZero() &&
					!v.Status.Capacity.Memory().IsZero() &&
					v.Status.NodeInfo.Architecture == "amd64" &&
					v.Status.NodeInfo.OperatingSystem == "linux",
					"%+v", v.Status))
		})
	c.Ready()
	c.TearDown()
}
