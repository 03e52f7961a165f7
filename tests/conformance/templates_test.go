package conformance

import (
	"context"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/controllers/external"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var templateKinds = []string{"EvrocClusterTemplate", "EvrocMachineTemplate"}

// templateChanges holds a valid change of each template's spec.
var templateChanges = map[string]change{
	"EvrocClusterTemplate": {"spec.template.spec.region", "se-got"},
	"EvrocMachineTemplate": {"spec.template.spec.computeProfile", "c1a.m"},
}

// TestT01ObjectsAreMadeFromTemplates does what core does with a template.
func TestT01ObjectsAreMadeFromTemplates(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range templateKinds {
		template := created(ctx, t, kind, namespace,
			change{"spec.template.metadata", fields{"labels": fields{"l": "1"}, "annotations": fields{"a": "2"}}})
		made, err := external.GenerateTemplate(&external.GenerateTemplateInput{
			Template:    readAsCore(ctx, t, template),
			TemplateRef: &corev1.ObjectReference{APIVersion: template.GetAPIVersion(), Kind: kind, Name: template.GetName()},
			Namespace:   namespace,
			Name:        "made",
			ClusterName: "cluster",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.client.Create(ctx, made); err != nil {
			t.Errorf("create from %s: %v", kind, err)
		}
		if made.GetLabels()["l"] != "1" || made.GetAnnotations()["a"] != "2" {
			t.Errorf("metadata of %s was not taken over", kind)
		}
	}
}

// TestT02ClusterClassMayLeaveOutWhatItPatchesIn checks that fields that differ
// between clusters are required in the cluster, but not in the template.
func TestT02ClusterClassMayLeaveOutWhatItPatchesIn(t *testing.T) {
	ctx := needServer(t)
	made := newObject(t, "EvrocClusterTemplate", newNamespace(ctx, t))
	change{"spec.template.spec", fields{}}.do(t, made)
	if err := server.client.Create(ctx, made); err != nil {
		t.Error(err)
	}
}

func TestT03TemplatesAreImmutable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range templateKinds {
		made := created(ctx, t, kind, namespace, change{"metadata.finalizers", []any{"example.com/f"}})
		patched := made.DeepCopy()
		templateChanges[kind].do(t, patched)
		if err := server.client.Update(ctx, patched); !apierrors.IsInvalid(err) {
			t.Errorf("%s: a changed spec gives %v, want Invalid", kind, err)
		}
		metadata := fields{"metadata": fields{"labels": fields{"l": "1"}, "annotations": fields{"a": "2"}}}
		if err := mergePatch(ctx, made.DeepCopy(), metadata); err != nil {
			t.Errorf("%s: labels and annotations: %v", kind, err)
		}
		checkRemovable(ctx, t, made)
	}
}

// TestT04TemplateDryRunMatrix checks that only a dry run with the topology
// controller's annotation may change the spec; other checks still apply.
func TestT04TemplateDryRunMatrix(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range templateKinds {
		before := created(ctx, t, kind, namespace)
		for _, dryRun := range []bool{false, true} {
			for _, annotated := range []bool{false, true} {
				err := applyTemplate(ctx, t, before, templateChanges[kind], dryRun, annotated)
				if want := dryRun && annotated; (err == nil) != want || err != nil && !apierrors.IsInvalid(err) {
					t.Errorf("%s, dry run %v, annotation %v: %v", kind, dryRun, annotated, err)
				}
			}
		}
		bad := change{"spec.template.spec.additionalLabels", fields{"capi-x": "y"}}
		if err := applyTemplate(ctx, t, before, bad, true, true); !apierrors.IsInvalid(err) {
			t.Errorf("%s: a bad spec in a dry run gives %v, want Invalid", kind, err)
		}
	}
}

// TestT05StatusOfTemplatesCanBeWritten checks that the policy is about the spec
// only.
func TestT05StatusOfTemplatesCanBeWritten(t *testing.T) {
	ctx := needServer(t)
	made := created(ctx, t, "EvrocMachineTemplate", newNamespace(ctx, t))
	status := fields{
		"capacity": fields{"cpu": int64(2), "memory": "4Gi", "nvidia.com/gpu": "1"},
		"nodeInfo": fields{"architecture": "amd64", "operatingSystem": "linux"},
	}
	if err := mergePatchStatus(ctx, made, status); err != nil {
		t.Error(err)
	}
}

func applyTemplate(ctx context.Context, t *testing.T, before object, c change, dryRun, annotated bool) error {
	t.Helper()
	after := &unstructured.Unstructured{Object: fields{"spec": before.Object["spec"]}}
	after.SetGroupVersionKind(before.GroupVersionKind())
	after.SetNamespace(before.GetNamespace())
	after.SetName(before.GetName())
	c.do(t, after)
	if annotated {
		after.SetAnnotations(map[string]string{clusterv1.TopologyDryRunAnnotation: ""})
	}
	options := []client.ApplyOption{client.FieldOwner("capi-topology")}
	if dryRun {
		options = append(options, client.DryRunAll)
	}
	return apply(ctx, after, options...)
}

// TestT06DefaultsAreStable checks that applying the same object again changes
// nothing, and that a template and the objects made from it get the same
// defaults.
func TestT06DefaultsAreStable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range kinds {
		wanted := newObject(t, kind, namespace)
		wanted.SetName("same")
		wanted.SetGenerateName("")
		var versions []string
		for range 2 {
			if err := apply(ctx, wanted); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			read := wanted.DeepCopy()
			if err := server.client.Get(ctx, client.ObjectKeyFromObject(read), read); err != nil {
				t.Fatal(err)
			}
			versions = append(versions, read.GetResourceVersion())
		}
		if versions[0] != versions[1] {
			t.Errorf("%s changes when it is applied again", kind)
		}
	}
	for _, kind := range []string{"EvrocCluster", "EvrocMachine"} {
		spec := created(ctx, t, kind, namespace).Object["spec"]
		template := created(ctx, t, kind+"Template", namespace)
		if got := decode[any](t, template, "spec", "template", "spec"); !reflect.DeepEqual(got, normal(t, spec)) {
			t.Errorf("%s: the template has %v, the object %v", kind, got, spec)
		}
	}
}

// TestT07EmptyEndpointStaysAway checks that a template without an endpoint does
// not set one in the cluster.
func TestT07EmptyEndpointStaysAway(t *testing.T) {
	ctx := needServer(t)
	made := created(ctx, t, "EvrocClusterTemplate", newNamespace(ctx, t))
	if _, ok, _ := unstructured.NestedFieldNoCopy(made.Object, "spec", "template", "spec", "controlPlaneEndpoint"); ok {
		t.Error("the template has an endpoint")
	}
}

// normal converts a value to JSON types.
func normal(t *testing.T, value any) any {
	t.Helper()
	return decode[any](t, &unstructured.Unstructured{Object: fields{"v": value}}, "v")
}
