package full

import (
	"context"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// T-02, T-04, T-06, T-07: a cluster of a ClusterClass with fields of Evroc's
// official provider is made as the class says, does not change while the class
// stays the same, rolls when the templates change, and is removed.
func TestT02T04T06ClusterClass(t *testing.T) {
	c := stack(t).MakeTopology(t, "classy", e2e.FullOptions{
		ControlPlane: 1, Workers: 1})
	c.Ready()
	view, err := c.View(t.Context())
	c.Do(err)
	asInTheClass(c)
	before := machineTemplates(c)

	// Any change of the class makes the topology controller compare all objects
	// with dry runs.
	c.Merge(e2e.ClusterClassKind, "",
		`{"metadata":{"labels":{"looked":"at"}}}`)
	c.Merge(e2e.ClusterKind, "", `{"metadata":{"labels":{"looked":"at"}}}`)
	for _, suffix := range []string{e2e.ControlPlaneSuffix,
		e2e.WorkersSuffix} {
		copied(c, suffix)
	}
	c.Ready()
	if after := machineTemplates(c); after != before+2 {
		t.Errorf("%d machine templates, were %d and two of the test's", after,
			before)
	}

	machines := c.EvrocMachines()
	c.ClassTemplates(c.Name+e2e.ControlPlaneSuffix+"-2",
		c.Name+e2e.WorkersSuffix+"-2")
	e2e.Within(t, e2e.Long, "all machines are others",
		func(context.Context) error {
			old := map[string]bool{}
			for _, m := range machines {
				old[m.Name] = true
			}
			now := c.EvrocMachines()
			for _, m := range now {
				if old[m.Name] {
					return e2e.That(false, "%s is there still", m.Name)
				}
			}
			return e2e.That(len(now) == 2, "%d machines", len(now))
		})
	c.Ready()
	now, err := c.View(t.Context())
	c.Do(err)
	if now.Spec.ControlPlaneEndpoint != view.Spec.ControlPlaneEndpoint {
		t.Errorf("endpoint %v, was %v", now.Spec.ControlPlaneEndpoint,
			view.Spec.ControlPlaneEndpoint)
	}
	c.TearDown()
}

// asInTheClass checks that the specs of the cluster's objects are those of the
// class with its variables, but for what Cluster API wants to know of us.
func asInTheClass(c *e2e.FullCluster) {
	c.T.Helper()
	got := specOf(c, e2e.ClusterKind, c.Name)
	delete(got, "controlPlaneEndpoint")
	same(c, "EvrocCluster", got, classSpec(c, e2e.ClusterTemplateKind, "-class",
		func(v e2e.ClassVariable) []string { return v.ClusterPath }))
	for _, m := range c.EvrocMachines() {
		suffix := e2e.WorkersSuffix
		if _, is := m.Labels[clusterv1.MachineControlPlaneLabel]; is {
			suffix = e2e.ControlPlaneSuffix
		}
		got := specOf(c, e2e.MachineKind, m.Name)
		delete(got, "providerID")
		same(c, m.Name, got, classSpec(c, e2e.MachineTemplateKind, suffix,
			func(v e2e.ClassVariable) []string { return v.MachinePath }))
	}
}

func specOf(c *e2e.FullCluster, kind schema.GroupVersionKind,
	name string) map[string]any {
	c.T.Helper()
	object := e2e.Evroc(kind, c.Namespace, name, nil)
	c.Do(c.Client.Get(c.T.Context(), client.ObjectKeyFromObject(object), object))
	return object.Object["spec"].(map[string]any)
}

// classSpec returns the spec of a template of the class with the variables.
func classSpec(c *e2e.FullCluster, kind schema.GroupVersionKind, suffix string,
	path func(e2e.ClassVariable) []string) map[string]any {
	c.T.Helper()
	template := specOf(c, kind, c.Name+suffix)["template"].(map[string]any)
	spec := template["spec"].(map[string]any)
	for _, v := range c.ClassVariables() {
		if path(v) != nil {
			c.Do(unstructured.SetNestedField(spec, v.Value, path(v)...))
		}
	}
	return spec
}

func same(c *e2e.FullCluster, what string, got, want map[string]any) {
	c.T.Helper()
	if !reflect.DeepEqual(got, want) {
		c.T.Errorf("the spec of %s is\n%v, want\n%v", what, got, want)
	}
}

func machineTemplates(c *e2e.FullCluster) int {
	c.T.Helper()
	list, err := e2e.List[e2e.TemplateView](c.T.Context(), c.Client,
		e2e.MachineTemplateKind, c.Namespace)
	c.Do(err)
	return len(list)
}

// copied makes a copy of a template, with another size.
func copied(c *e2e.FullCluster, suffix string) {
	c.T.Helper()
	old, err := c.Read(c.T.Context(), e2e.MachineTemplateKind, suffix)
	c.Do(err)
	spec, _, err := unstructured.NestedMap(old.Object, "spec")
	c.Do(err)
	spec["template"].(map[string]any)["spec"].(map[string]any)["computeProfile"] =
		"c1a.m"
	c.Do(c.Client.Create(c.T.Context(), e2e.Evroc(e2e.MachineTemplateKind,
		c.Namespace, c.Name+suffix+"-2", spec)))
}
