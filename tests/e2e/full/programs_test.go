package full

import (
	"context"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// The template with the add-on: the cluster gets the cloud controller manager
// and the configuration, and what such programs made in the cloud goes with the
// cluster, but for disks.
func TestProgramsOfTheCloudAndWhatTheyLeave(t *testing.T) {
	c := stack(t).Make(t, "programs", e2e.FullOptions{
		ControlPlane: 1, Zones: zones,
		Variables: map[string]string{
			"EVROC_CLOUD_CONFIG_MAP":    "programs-evroc-cloud-config",
			"EVROC_NODE_INITIALIZATION": "external",
			"EVROC_ORGANIZATION":        "org",
		},
	})
	c.ApplyAddOn("evroc-cloud.yaml", map[string]string{"EVROC_CCM_KEY_B64": "a2V5"})
	e2e.Within(t, e2e.Long, "there is a node", func(ctx context.Context) error {
		nodes, err := c.Nodes(ctx)
		return e2e.Both(err, e2e.That(len(nodes) == 1, "%d nodes", len(nodes)))
	})
	view, err := c.View(t.Context())
	c.Do(err)
	id := view.Annotations[e2e.OwnershipIDAnnotation]
	if id == "" || id != view.Annotations[e2e.OwnerIDAnnotation] {
		t.Errorf("annotations %v", view.Annotations)
	}
	e2e.Within(t, e2e.Long, "the configuration and the program are there",
		func(ctx context.Context) error { return configured(ctx, c, id) })
	c.ActAsCloudController()
	e2e.Within(t, e2e.Long, "the machine has its node", func(ctx context.Context) error {
		machines, err := c.Machines(ctx)
		return e2e.Both(err, e2e.That(len(machines) == 1 && machines[0].Status.NodeRef.Name != "",
			"%d machines", len(machines)))
	})
	leave(c, id)
	attach(c, id)
	others := leave(c, "another-cluster")
	c.TearDown()
	all, err := c.Cloud.Inventory(t.Context(), e2e.Project)
	c.Do(err)
	for _, o := range all.With("managed-by", id) {
		if o.Collection != cloud.Disks {
			t.Errorf("%s is left", o.FQID)
		}
	}
	for _, o := range all.With(cloud.LabelClusterID, view.Annotations[e2e.OwnerIDAnnotation]) {
		t.Errorf("%s is left", o.FQID)
	}
	if disks := all.Of(cloud.Disks).With("managed-by", id); len(disks) != 1 {
		t.Errorf("the volume's disk is gone: %v", disks)
	}
	if kept := all.With("managed-by", "another-cluster"); len(kept) != others {
		t.Errorf("of another cluster %d of %d are left", len(kept), others)
	}
	remove(c, id)
	remove(c, "another-cluster")
}

// configured tells whether the workload cluster has what the add-on brings.
func configured(ctx context.Context, c *e2e.FullCluster, id string) error {
	view, err := c.View(ctx)
	if err != nil {
		return err
	}
	if err := view.Status.Is("CloudConfigReady", metav1.ConditionTrue); err != nil {
		return err
	}
	store, there := c.Booted.Client(view.Spec.ControlPlaneEndpoint.String())
	if !there {
		return e2e.That(false, "no workload cluster")
	}
	var config corev1.ConfigMap
	err = store.Get(ctx, client.ObjectKey{Namespace: "evroc-system", Name: "evroc-cloud-config"}, &config)
	if err != nil {
		return err
	}
	for _, want := range []string{id, "programs-net", "programs-net-b", `"org"`, e2e.Project} {
		if err := e2e.That(strings.Contains(config.Data["ccm.yaml"], want),
			"no %s in %s", want, config.Data["ccm.yaml"]); err != nil {
			return err
		}
	}
	if err := e2e.That(strings.Contains(config.Data["csi.yaml"], id), "%v", config.Data); err != nil {
		return err
	}
	var program appsv1.Deployment
	return store.Get(ctx, client.ObjectKey{Namespace: "evroc-system", Name: "evroc-ccm"}, &program)
}

// leave makes what the programs of a cluster make for a Service and a volume,
// and returns how many objects these are.
func leave(c *e2e.FullCluster, identifier string) int {
	c.T.Helper()
	name := identifier[:8] + "-svc"
	ref := func(service, collection string) string {
		return "/" + service + "/projects/" + e2e.Project + "/regions/se-sto/" + collection + "/" + name
	}
	specs := []struct {
		collection string
		spec       map[string]any
	}{
		{cloud.PublicIPs, map[string]any{}},
		{cloud.BackendPools, map[string]any{"backendRefs": []any{}}},
		{cloud.BackendServices, map[string]any{
			"backendPoolRef": ref("loadbalancer", cloud.BackendPools),
			"port":           30080,
			"healthCheck":    map[string]any{"tcp": map[string]any{}},
		}},
		{cloud.L4Routes, map[string]any{
			"defaultBackendServiceRef": ref("loadbalancer", cloud.BackendServices)}},
		{cloud.LoadBalancers, map[string]any{
			"publicIPRef": ref("networking", cloud.PublicIPs),
			"listeners": []any{map[string]any{"name": "http", "port": 80, "protocol": "TCP",
				"routeRefs": []any{ref("loadbalancer", cloud.L4Routes)}}},
		}},
		{cloud.Disks, map[string]any{
			"diskSize":  map[string]any{"amount": 2048, "unit": "MB"},
			"placement": map[string]any{"zone": c.EvrocMachines()[0].Status.FailureDomain},
		}},
	}
	for _, each := range specs {
		c.Do(c.Cloud.API(c.T.Context(), http.MethodPost, e2e.Project, each.collection, "", map[string]any{
			"metadata": map[string]any{"id": name, "userLabels": map[string]any{"managed-by": identifier}},
			"spec":     each.spec,
		}, nil))
	}
	return len(specs)
}

// attach attaches the disk of leave to the cluster's machine, as for a volume.
func attach(c *e2e.FullCluster, identifier string) {
	c.T.Helper()
	owned, err := c.Inventory(c.T.Context())
	c.Do(err)
	all, err := c.Cloud.Inventory(c.T.Context(), e2e.Project)
	c.Do(err)
	volume := all.With("managed-by", identifier).Of(cloud.Disks)[0]
	c.Do(c.Cloud.API(c.T.Context(), http.MethodPost, e2e.Project, cloud.Attachments, "", map[string]any{
		"metadata": map[string]any{"id": volume.ID, "userLabels": map[string]any{"managed-by": identifier}},
		"spec": map[string]any{
			"diskRef":           volume.FQID,
			"virtualMachineRef": owned.Of(cloud.Machines)[0].FQID,
		},
	}, nil))
}

// remove deletes what leave made and is left.
func remove(c *e2e.FullCluster, identifier string) {
	c.T.Helper()
	all, err := c.Cloud.Inventory(c.T.Context(), e2e.Project)
	c.Do(err)
	for _, collection := range []string{cloud.LoadBalancers, cloud.L4Routes, cloud.BackendServices,
		cloud.BackendPools, cloud.PublicIPs, cloud.Disks} {
		for _, o := range all.With("managed-by", identifier).Of(collection) {
			c.Do(c.Cloud.API(c.T.Context(), http.MethodDelete, e2e.Project, collection, o.ID, nil, nil))
		}
	}
}
