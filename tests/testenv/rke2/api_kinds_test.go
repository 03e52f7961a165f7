package rke2_test

import (
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

func TestServesTheFourKinds(t *testing.T) {
	crds, err := rke2.CRDs()
	if err != nil {
		t.Fatal(err)
	}
	hasStatus := map[string]bool{
		"RKE2ControlPlane": true, "RKE2ControlPlaneTemplate": false,
		"RKE2Config": true, "RKE2ConfigTemplate": true,
	}
	if len(crds) != len(hasStatus) {
		t.Errorf("%d CRDs, want %d", len(crds), len(hasStatus))
	}
	for _, crd := range crds {
		checkCRD(t, crd, hasStatus)
	}
}

func checkCRD(t *testing.T, crd *apiextensionsv1.CustomResourceDefinition, hasStatus map[string]bool) {
	t.Helper()
	kind := crd.Spec.Names.Kind
	status, known := hasStatus[kind]
	if !known || len(crd.Spec.Versions) != 1 {
		t.Fatalf("%s: known %v, %d versions", kind, known, len(crd.Spec.Versions))
	}
	version := crd.Spec.Versions[0]
	if version.Name != "v1beta2" || !version.Served || !version.Storage {
		t.Errorf("%s: version %+v", kind, version.Name)
	}
	if got := version.Subresources != nil && version.Subresources.Status != nil; got != status {
		t.Errorf("%s: status subresource %v, want %v", kind, got, status)
	}
	if version.Subresources != nil && version.Subresources.Scale != nil {
		t.Errorf("%s has a scale subresource", kind)
	}
	for label, want := range map[string]string{
		"cluster.x-k8s.io/v1beta2": "v1beta1_v1beta2", "clusterctl.cluster.x-k8s.io": "",
	} {
		if got, found := crd.Labels[label]; !found || got != want {
			t.Errorf("%s: label %s is %q", kind, label, got)
		}
	}
}

// asMap returns an object as a user would write it.
func asMap(t *testing.T, object client.Object, apiVersion, kind string) *unstructured.Unstructured {
	t.Helper()
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	delete(fields, "status")
	u := &unstructured.Unstructured{Object: fields}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	return u
}

func TestAdmissionDefaults(t *testing.T) {
	f := newFixture(t, noSwitches)
	plane := newPlane(1)
	plane.Spec.Replicas = nil
	f.create(plane)
	got := f.plane()
	if got.Spec.Replicas == nil || *got.Spec.Replicas != 1 {
		t.Errorf("replicas %v, want 1", got.Spec.Replicas)
	}
	if got.Spec.AgentConfig.Format != "cloud-config" {
		t.Errorf("format %q", got.Spec.AgentConfig.Format)
	}
	deletion := got.Spec.MachineTemplate.Spec.Deletion
	for name, pair := range map[string]struct {
		got  *int32
		want int32
	}{
		"nodeDrainTimeoutSeconds":        {deletion.NodeDrainTimeoutSeconds, 120},
		"nodeVolumeDetachTimeoutSeconds": {deletion.NodeVolumeDetachTimeoutSeconds, 300},
		"nodeDeletionTimeoutSeconds":     {deletion.NodeDeletionTimeoutSeconds, 10},
	} {
		if pair.got == nil || *pair.got != pair.want {
			t.Errorf("%s is %v, want %d", name, pair.got, pair.want)
		}
	}
}

func TestAdmissionRefusals(t *testing.T) {
	f := newFixture(t, noSwitches)
	set := func(value any, path ...string) func(map[string]any) error {
		return func(o map[string]any) error { return unstructured.SetNestedField(o, value, path...) }
	}
	remove := func(path ...string) func(map[string]any) error {
		return func(o map[string]any) error {
			unstructured.RemoveNestedField(o, path...)
			return nil
		}
	}
	for name, change := range map[string]func(map[string]any) error{
		"replicas":            set(int64(0), "spec", "replicas"),
		"infrastructureRef":   remove("spec", "machineTemplate"),
		"infrastructureRef ":  remove("spec", "machineTemplate", "spec", "infrastructureRef"),
		"registrationAddress": set("address", "spec", "registrationMethod"),
		"registrationMethod":  set("anything", "spec", "registrationMethod"),
		"cniMultusEnable needs cni": func(o map[string]any) error {
			unstructured.RemoveNestedField(o, "spec", "serverConfig", "cni")
			return unstructured.SetNestedField(o, true, "spec", "serverConfig", "cniMultusEnable")
		},
		"apiGroup": set("infrastructure.cluster.x-k8s.io/v1beta1",
			"spec", "machineTemplate", "spec", "infrastructureRef", "apiGroup"),
		"version":         remove("spec", "version"),
		"version ":        set("v1.34.2", "spec", "version"),
		"rolloutStrategy": remove("spec", "rolloutStrategy"),
		"unknown field":   set("x", "spec", "serverConfig", "noSuchOption"),
		"unknown field ":  set("x", "spec", "agentConfig", "nodeIP"),
		"unknown field  ": set("x", "spec", "machineTemplate", "infrastructureRef"),
	} {
		plane := asMap(t, newPlane(1), controlplanev1.GroupVersion.String(), "RKE2ControlPlane")
		plane.SetNamespace(f.namespace)
		plane.SetGenerateName("refused-")
		plane.SetName("")
		if err := change(plane.Object); err != nil {
			t.Fatal(err)
		}
		err := server.client.Create(f.ctx, plane)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegistrationMethodCannotChange(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.create(newPlane(1))
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.RegistrationMethod = "internal-first" })
	plane := f.plane()
	plane.Spec.RegistrationMethod = "external-only-ips"
	if err := server.client.Update(f.ctx, plane); err == nil ||
		!strings.Contains(err.Error(), "registrationMethod") {
		t.Errorf("changed the registration method: %v", err)
	}
}

func TestTemplatesAreServed(t *testing.T) {
	f := newFixture(t, noSwitches)
	for kind, group := range map[string]string{
		"RKE2ConfigTemplate":       "bootstrap.cluster.x-k8s.io/v1beta2",
		"RKE2ControlPlaneTemplate": "controlplane.cluster.x-k8s.io/v1beta2",
	} {
		template := &unstructured.Unstructured{Object: map[string]any{}}
		template.SetAPIVersion(group)
		template.SetKind(kind)
		template.SetName("minimal")
		spec := map[string]any{}
		if kind == "RKE2ControlPlaneTemplate" {
			spec["rolloutStrategy"] = map[string]any{"type": "RollingUpdate"}
		}
		template.Object["spec"] = map[string]any{"template": map[string]any{"spec": spec}}
		f.create(template)
		bad := template.DeepCopy()
		bad.SetResourceVersion("")
		bad.SetUID("")
		bad.SetManagedFields(nil)
		bad.SetCreationTimestamp(metav1.Time{})
		bad.SetName("wrong")
		bad.Object["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["version"] = "v1.34.2+rke2r1"
		if err := server.client.Create(f.ctx, bad); err == nil {
			t.Errorf("%s takes a version", kind)
		}
	}
}
