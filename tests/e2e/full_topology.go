package e2e

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
)

// The kinds that a ClusterClass is made of.
var (
	ClusterClassKind    = clusterv1.GroupVersion.WithKind("ClusterClass")
	ClusterTemplateKind = group.WithKind("EvrocClusterTemplate")
)

// MakeTopology makes the cluster of the kubeadm flavour from a ClusterClass
// with the same templates and fields of Evroc's official provider beside. The
// names are those of a cluster without a class.
func (s *Stack) MakeTopology(t testing.TB, name string,
	options FullOptions) *FullCluster {
	t.Helper()
	options.Flavor = KubeadmFlavor
	options.Credential = "profile.yaml"
	c := &FullCluster{Stack: s, T: t, Name: name, Options: options,
		Namespace: s.NewNamespace(t)}
	t.Cleanup(c.dump)
	for _, object := range c.render() {
		addOfficialFields(object)
		if made := c.classified(object); made != nil {
			c.apply(made)
		}
	}
	c.apply(c.class())
	c.apply(c.topology())
	return c
}

// classified converts an object of the flavour to the template that a class
// refers to; nil for objects that a class makes itself.
func (c *FullCluster) classified(
	object *unstructured.Unstructured) *unstructured.Unstructured {
	spec, _ := object.Object["spec"].(map[string]any)
	switch object.GetKind() {
	case "Cluster", "MachineDeployment", "MachineHealthCheck":
		return nil
	case "EvrocCluster":
		return c.template(ClusterTemplateKind, "-class", spec)
	case "KubeadmControlPlane":
		delete(spec, "replicas")
		delete(spec, "version")
		delete(spec, "machineTemplate")
		kind := c.ControlPlaneKind()
		kind.Kind += "Template"
		return c.template(kind, "-class", spec)
	}
	return object
}

func (c *FullCluster) template(kind schema.GroupVersionKind, suffix string,
	spec map[string]any) *unstructured.Unstructured {
	return Evroc(kind, c.Namespace, c.Name+suffix, map[string]any{
		"template": map[string]any{"spec": spec}})
}

func templateRef(kind schema.GroupVersionKind, name string) map[string]any {
	return map[string]any{"templateRef": map[string]any{
		"apiVersion": kind.GroupVersion().String(), "kind": kind.Kind,
		"name": name,
	}}
}

// named sets naming templates, so that generated names are those of the
// flavour.
func named(part map[string]any, suffix string) map[string]any {
	part["naming"] = map[string]any{"template": "{{ .cluster.name }}" + suffix}
	return part
}

func (c *FullCluster) class() *unstructured.Unstructured {
	plane := c.ControlPlaneKind()
	plane.Kind += "Template"
	controlPlane := named(templateRef(plane, c.Name+"-class"),
		ControlPlaneSuffix)
	controlPlane["machineInfrastructure"] = templateRef(MachineTemplateKind,
		c.Name+ControlPlaneSuffix)
	config := schema.GroupVersionKind{Group: "bootstrap.cluster.x-k8s.io",
		Version: "v1beta2", Kind: "KubeadmConfigTemplate"}
	workers := named(map[string]any{
		"class":          "default",
		"bootstrap":      templateRef(config, c.Name+WorkersSuffix),
		"infrastructure": templateRef(MachineTemplateKind, c.Name+WorkersSuffix),
	}, WorkersSuffix)
	variables, patches := c.patches()
	return Evroc(ClusterClassKind, c.Namespace, c.Name, map[string]any{
		"variables": variables,
		"patches":   patches,
		"infrastructure": named(templateRef(ClusterTemplateKind,
			c.Name+"-class"), ""),
		"controlPlane": controlPlane,
		"workers":      map[string]any{"machineDeployments": []any{workers}},
	})
}

func (c *FullCluster) topology() *unstructured.Unstructured {
	return Evroc(clusterKind, c.Namespace, c.Name, map[string]any{
		"topology": map[string]any{
			"classRef":  map[string]any{"name": c.Name},
			"version":   c.Options.Flavor.Versions[0],
			"variables": c.variables(),
			"controlPlane": map[string]any{
				"replicas": int64(c.Options.ControlPlane)},
			"workers": map[string]any{"machineDeployments": []any{
				map[string]any{"class": "default", "name": "md-0",
					"replicas": int64(c.Options.Workers)}}},
		},
	})
}

// ClassTemplates sets other machine templates in the class.
func (c *FullCluster) ClassTemplates(controlPlane, workers string) {
	c.T.Helper()
	class, err := c.Read(c.T.Context(), ClusterClassKind, "")
	c.Do(err)
	spec := class.Object["spec"].(map[string]any)
	set := func(part map[string]any, field, name string) {
		part[field] = templateRef(MachineTemplateKind, name)
	}
	set(spec["controlPlane"].(map[string]any), "machineInfrastructure",
		controlPlane)
	deployments := spec["workers"].(map[string]any)["machineDeployments"].([]any)
	if len(deployments) != 1 {
		c.Do(fmt.Errorf("%d classes of workers", len(deployments)))
	}
	set(deployments[0].(map[string]any), "infrastructure", workers)
	c.Do(c.Client.Update(c.T.Context(), class))
}
