package conformance

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

type jsonSchema = apiextensionsv1.JSONSchemaProps

// walk calls visit for a schema and all schemas in it, with their paths.
func walk(schema *jsonSchema, path string, visit func(path string, schema *jsonSchema)) {
	visit(path, schema)
	for name := range schema.Properties {
		property := schema.Properties[name]
		walk(&property, path+"."+name, visit)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		walk(schema.Items.Schema, path+"[]", visit)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		walk(schema.AdditionalProperties.Schema, path+"{}", visit)
	}
}

// TestSchemasExplainThemselves checks that each field has a description, and
// that everything in a spec is bounded.
func TestSchemasExplainThemselves(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		kind := crd.Spec.Names.Kind
		walk(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, kind, func(path string, schema *jsonSchema) {
			if schema.Description == "" && !isPlain(path) {
				t.Errorf("%s has no description", path)
			}
			if !strings.HasPrefix(path, kind+".spec") || strings.Contains(path, ".template.metadata") {
				return
			}
			if !isBounded(schema) {
				t.Errorf("%s has no bound", path)
			}
		})
	}
}

// saysWhenAbsent matches descriptions that say what leaving the field out means.
var saysWhenAbsent = regexp.MustCompile(`(?i)default|empty counts as absent|older name|filled in|without one`)

// TestOptionalFieldsSayTheirDefault checks that `kubectl explain` says what
// becomes of a field that a spec leaves out; of an object, its members do.
func TestOptionalFieldsSayTheirDefault(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		walk(&spec, crd.Spec.Names.Kind+".spec", func(path string, schema *jsonSchema) {
			for name := range schema.Properties {
				property := schema.Properties[name]
				if property.Type == "object" && property.AdditionalProperties == nil || slices.Contains(schema.Required, name) ||
					strings.Contains(path, ".template.metadata") {
					continue
				}
				if !saysWhenAbsent.MatchString(property.Description) {
					t.Errorf("%s.%s does not say what its absence means: %s", path, name, property.Description)
				}
			}
		})
	}
}

// isPlain reports whether a field needs no description: metadata, and the
// elements of a list or map whose own description covers them.
func isPlain(path string) bool {
	return strings.HasSuffix(path, ".metadata") || strings.HasSuffix(path, "[]") || strings.HasSuffix(path, "{}")
}

func isBounded(schema *jsonSchema) bool {
	switch schema.Type {
	case "array":
		return schema.MaxItems != nil
	case "string":
		return schema.MaxLength != nil
	case "integer":
		return schema.Minimum != nil && schema.Maximum != nil
	case "object":
		return schema.AdditionalProperties == nil || schema.MaxProperties != nil
	}
	return true
}

// TestTemplatesRepeatTheSchema checks that a template's spec has the fields of
// the objects that are made from it, except for rules that compare with the old
// object and what it says of an identity.
func TestTemplatesRepeatTheSchema(t *testing.T) {
	crds := ourCRDs(needServer(t), t)
	for i, kind := range kinds {
		if strings.HasSuffix(kind, "Template") {
			continue
		}
		made := crds[i].Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		spec := crds[i+1].Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		template := spec.Properties["template"].Properties["spec"]
		made.XValidations, template.XValidations = nil, nil
		// Of a template no machine has the identity.
		if identity, ok := template.Properties["providerID"]; ok {
			if !strings.Contains(identity.Description, "filled in in each EvrocMachine") {
				t.Errorf("%s: providerID of a template: %s", kind, identity.Description)
			}
			identity.Description = made.Properties["providerID"].Description
			template.Properties["providerID"] = identity
		}
		if got, want := withoutTransitions(t, &template), withoutTransitions(t, &made); got != want {
			t.Errorf("%s and its template differ:\n%s\n%s", kind, want, got)
		}
		walk(&template, kind, func(path string, schema *jsonSchema) {
			for _, rule := range schema.XValidations {
				if strings.Contains(rule.Rule, "oldSelf") {
					t.Errorf("%s: a dry run could not change it: %s", path, rule.Rule)
				}
			}
		})
	}
}

func withoutTransitions(t *testing.T, schema *jsonSchema) string {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	data, err = json.Marshal(dropTransitions(tree))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// dropTransitions removes the rules with oldSelf from a schema in JSON types.
func dropTransitions(node any) any {
	switch node := node.(type) {
	case []any:
		for i := range node {
			node[i] = dropTransitions(node[i])
		}
	case fields:
		if rules, ok := node["x-kubernetes-validations"].([]any); ok {
			var kept []any
			for _, rule := range rules {
				if text, _ := rule.(fields)["rule"].(string); !strings.Contains(text, "oldSelf") {
					kept = append(kept, rule)
				}
			}
			if node["x-kubernetes-validations"] = kept; kept == nil {
				delete(node, "x-kubernetes-validations")
			}
		}
		for key := range node {
			node[key] = dropTransitions(node[key])
		}
	}
	return node
}
