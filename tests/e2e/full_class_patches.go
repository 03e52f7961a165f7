package e2e

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// addOfficialFields adds fields of Evroc's official provider to an object of the
// flavour. What the class patches in is empty.
func addOfficialFields(object *unstructured.Unstructured) {
	spec, _ := object.Object["spec"].(map[string]any)
	switch object.GetKind() {
	case "EvrocCluster":
		delete(spec, "identitySecretName")
		spec["credentialsRef"] = map[string]any{"name": ""}
		spec["project"] = ""
		spec["additionalLabels"] = map[string]any{"cost.center": "R&D"}
		spec["controlPlaneConfig"] = map[string]any{"loadBalancer": map[string]any{
			"existingPublicIPID": "", "additionalPorts": []any{int64(8443)}}}
		spec["securityGroups"] = map[string]any{
			"common": officialGroup("common-sg", 22),
			"worker": officialGroup("Web servers", 80)}
	case MachineTemplateKind.Kind:
		machine := spec["template"].(map[string]any)["spec"].(map[string]any)
		machine["project"], machine["region"] = "", "se-sto"
		machine["rootDiskSize"] = int64(0)
		machine["userData"] = "#cloud-config\npackages: [curl]\n"
		machine["additionalDisks"] = []any{
			map[string]any{"name": "data", "sizeGB": int64(5)}}
		machine["networkingConfig"] = map[string]any{"securityGroups": map[string]any{
			"inheritFromCluster": true}}
	}
}

func officialGroup(name string, port int64) map[string]any {
	rule := func(name, direction, protocol string) map[string]any {
		return map[string]any{"name": name, "direction": direction,
			"protocol": protocol, "remoteCIDR": "0.0.0.0/0"}
	}
	ingress := rule("Allow in", "Ingress", "TCP")
	ingress["port"] = port
	return map[string]any{"inlineSecurityGroups": []any{map[string]any{
		"name":  name,
		"rules": []any{ingress, rule("allow-all-egress", "Egress", "All")}}}}
}

// A ClassVariable of the class is patched into the templates.
type ClassVariable struct {
	Name  string
	Value any
	// Path in the spec of the EvrocClusterTemplate or of EvrocMachineTemplates.
	ClusterPath, MachinePath []string
}

// ClassVariables returns the variables of a cluster of a class.
func (c *FullCluster) ClassVariables() []ClassVariable {
	return []ClassVariable{
		{"project", Project, []string{"project"}, []string{"project"}},
		{"credentials", c.Name + "-evroc-credentials",
			[]string{"credentialsRef", "name"}, nil},
		{"rootDiskSize", int64(50), nil, []string{"rootDiskSize"}},
	}
}

// variables are the cluster's values of them.
func (c *FullCluster) variables() []any {
	var values []any
	for _, v := range c.ClassVariables() {
		values = append(values, map[string]any{"name": v.Name, "value": v.Value})
	}
	return values
}

// patches returns the class's variables, and the patches that use them.
func (c *FullCluster) patches() (variables, patches []any) {
	for _, v := range c.ClassVariables() {
		kind := "string"
		if _, is := v.Value.(int64); is {
			kind = "integer"
		}
		variables = append(variables, map[string]any{"name": v.Name,
			"required": true, "schema": map[string]any{
				"openAPIV3Schema": map[string]any{"type": kind}}})
		var definitions []any
		if v.ClusterPath != nil {
			definitions = append(definitions, definition(v.Name, v.ClusterPath,
				ClusterTemplateKind.Kind, map[string]any{
					"infrastructureCluster": true}))
		}
		if v.MachinePath != nil {
			definitions = append(definitions, definition(v.Name, v.MachinePath,
				MachineTemplateKind.Kind, map[string]any{"controlPlane": true,
					"machineDeploymentClass": map[string]any{
						"names": []any{"default"}}}))
		}
		patches = append(patches, map[string]any{"name": v.Name,
			"definitions": definitions})
	}
	return variables, patches
}

// definition replaces a member of the templates of that kind.
func definition(variable string, path []string, kind string,
	matches map[string]any) map[string]any {
	pointer := "/spec/template/spec/" + strings.Join(path, "/")
	return map[string]any{
		"selector": map[string]any{"apiVersion": group.String(), "kind": kind,
			"matchResources": matches},
		"jsonPatches": []any{map[string]any{"op": "replace", "path": pointer,
			"valueFrom": map[string]any{"variable": variable}}},
	}
}
