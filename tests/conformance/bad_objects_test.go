package conformance

import (
	"context"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// These specs have every error that an older CRD may have allowed, except for a
// missing spec and two items of one name.
var badSpecs = map[string][]fields{
	"EvrocCluster": {
		{},
		{
			"region":               "No Such Region",
			"identitySecretName":   "",
			"controlPlaneEndpoint": fields{"port": int64(99999)},
			"failureDomains":       []any{"z", "y"},
			"network": fields{
				"vpc": fields{}, "vpcRef": "_", "stackType": "none",
				"subnets": []any{fields{"name": "s", "cidrBlock": "everything"}, fields{"name": "t"}},
			},
			"controlPlaneConfig": fields{"loadBalancer": fields{"enabled": false, "additionalPorts": []any{int64(0), int64(1)},
				"ports": []any{fields{"port": int64(1), "targetPort": int64(2)}}}},
			"securityGroups": fields{"common": fields{"inlineSecurityGroups": []any{
				fields{"name": "g", "rules": []any{fields{"name": "", "direction": "up", "port": int64(2), "endPort": int64(1), "vpc": false, "subnetID": "_"}}}}}},
			"nodeInitialization": "nobody",
			"cloudConfig":        fields{"configMapName": "_"},
			"additionalLabels":   fields{"capi-a/b": "!"},
			"endpoints":          fields{"apiBaseURL": "nowhere"},
		},
	},
	"EvrocMachine": {
		{},
		{
			"providerID": "", "computeProfile": "", "image": "", "rootDiskSize": int64(-1), "sshKey": "a\nb", "subnetName": "_",
			"networkingConfig": fields{"publicIP": fields{"enabled": false, "existingID": "_"},
				"securityGroups": fields{"existingIDs": []any{"_"}}},
			"additionalDisks":  []any{fields{"name": "d"}, fields{"name": "e"}},
			"additionalLabels": fields{"capi-a/b": "!"},
		},
	},
}

// TestB14BadObjectsCanBeDeleted checks that labels and finalizers of any stored
// object can be written, and that it can be deleted.
func TestB14BadObjectsCanBeDeleted(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range kinds {
		bad := storeBad(ctx, t, kind, namespace)
		for i, each := range bad {
			labels := fields{"metadata": fields{"labels": fields{"l": "1"}, "annotations": fields{"a": "2"}}}
			if err := mergePatch(ctx, each.DeepCopy(), labels); err != nil {
				t.Errorf("%s %d: label: %v", kind, i, err)
			}
			finalizer := fields{"metadata": fields{"finalizers": []any{"example.com/f", "example.com/g"}}}
			if err := mergePatch(ctx, each.DeepCopy(), finalizer); err != nil {
				t.Errorf("%s %d: add a finalizer: %v", kind, i, err)
			}
			if kind == "EvrocCluster" || kind == "EvrocMachine" {
				status := fields{"conditions": []any{condition("Ready", "False", "Bad", "")}}
				if err := mergePatchStatus(ctx, each.DeepCopy(), status); err != nil {
					t.Errorf("%s %d: status: %v", kind, i, err)
				}
			}
			checkRemovable(ctx, t, each)
		}
	}
}

// storeBad creates invalid objects.
func storeBad(ctx context.Context, t *testing.T, kind, namespace string) []object {
	t.Helper()
	var contents []fields
	for _, spec := range badSpecsOf(kind) {
		contents = append(contents, fields{
			"metadata": fields{"finalizers": []any{"example.com/f"}}, "spec": spec, "status": fields{"state": "?"}})
	}
	return storeAnything(ctx, t, kind, namespace, contents)
}

func badSpecsOf(kind string) []fields {
	if specs := badSpecs[kind]; specs != nil {
		return specs
	}
	var specs []fields
	for _, spec := range badSpecs[kind[:len(kind)-len("Template")]] {
		specs = append(specs, fields{"template": fields{"spec": spec}})
	}
	return specs
}

// storeAnything creates objects while the kind's CRD has no rules.
func storeAnything(ctx context.Context, t *testing.T, kind, namespace string, contents []fields) []object {
	t.Helper()
	specs := badSpecsOf(kind)
	crd := crdOf(ctx, t, kind)
	strict := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	setSchema(ctx, t, crd.Name, &jsonSchema{Type: "object", XPreserveUnknownFields: ptr.To(true)})
	defer func() {
		setSchema(ctx, t, crd.Name, strict)
		waitUntilTaken(ctx, t, kind, namespace, specs[len(specs)-1], false)
	}()
	waitUntilTaken(ctx, t, kind, namespace, specs[len(specs)-1], true)
	var stored []object
	for _, content := range contents {
		made := fromFields(kind, namespace, content)
		if err := server.client.Create(ctx, made); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		// Not every kind has a status.
		status, _ := content["status"].(fields)
		if err := client.IgnoreNotFound(mergePatchStatus(ctx, made, status)); err != nil {
			t.Fatalf("%s: status: %v", kind, err)
		}
		stored = append(stored, made)
	}
	return stored
}

func crdOf(ctx context.Context, t *testing.T, kind string) apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	for _, crd := range ourCRDs(ctx, t) {
		if crd.Spec.Names.Kind == kind {
			return crd
		}
	}
	t.Fatalf("no CRD of %s", kind)
	return apiextensionsv1.CustomResourceDefinition{}
}

func setSchema(ctx context.Context, t *testing.T, name string, schema *jsonSchema) {
	t.Helper()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		var crd apiextensionsv1.CustomResourceDefinition
		if err := server.client.Get(ctx, client.ObjectKey{Name: name}, &crd); err != nil {
			return err
		}
		crd.Spec.Versions[0].Schema.OpenAPIV3Schema = schema
		return server.client.Update(ctx, &crd)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// waitUntilTaken waits until the API server uses the CRD's new schema.
func waitUntilTaken(ctx context.Context, t *testing.T, kind, namespace string, spec fields, taken bool) {
	t.Helper()
	err := poll(ctx, func(ctx context.Context) (bool, error) {
		probe := fromFields(kind, namespace, fields{"spec": spec})
		return (server.client.Create(ctx, probe, client.DryRunAll) == nil) == taken, nil
	})
	if err != nil {
		t.Fatalf("the schema of %s does not change: %v", kind, err)
	}
}
