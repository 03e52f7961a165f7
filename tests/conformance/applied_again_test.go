package conformance

import (
	"context"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fullManifests returns objects that have every field, for that namespace.
func fullManifests(t *testing.T, namespace string) ([]byte, []object) {
	t.Helper()
	text, err := os.ReadFile("full_manifests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := []byte(strings.ReplaceAll(string(text), `"%"`, namespace))
	objects, err := parse(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return manifest, objects
}

func TestFullManifestsHaveEveryField(t *testing.T) {
	_, objects := fullManifests(t, "default")
	for _, crd := range ourCRDs(needServer(t), t) {
		kind := crd.Spec.Names.Kind
		if strings.HasSuffix(kind, "Template") {
			continue
		}
		spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		found := map[string]bool{}
		for _, object := range objects {
			if object.GetKind() == kind {
				pathsOf(object.Object["spec"], "", found)
			}
		}
		for _, field := range leavesOf(&spec, "") {
			if !found[strings.TrimSuffix(field, "{}")] {
				t.Errorf("full_manifests.yaml does not have %s of %s", field, kind)
			}
		}
	}
}

// pathsOf collects the paths of a value, as leavesOf writes them.
func pathsOf(value any, path string, found map[string]bool) {
	found[path] = true
	switch value := value.(type) {
	case fields:
		for name, member := range value {
			pathsOf(member, strings.TrimPrefix(path+"."+name, "."), found)
		}
	case []any:
		for _, element := range value {
			pathsOf(element, path+"[]", found)
		}
	}
}

// TestAppliedAgainNothingChanges applies full manifests as kubectl and GitOps
// tools do, with what the provider writes in between.
func TestAppliedAgainNothingChanges(t *testing.T) {
	for name, flags := range map[string][]string{
		"client side": nil, "server side": {"--server-side"}} {
		t.Run(name, func(t *testing.T) {
			ctx := needServer(t)
			manifest, objects := fullManifests(t, newNamespace(ctx, t))
			apply := append([]string{"apply", "-f", "-"}, flags...)
			kubectl(t, manifest, apply...)
			wantNothingChanged(ctx, t, manifest, apply, objects)
			for _, object := range objects {
				writeAsProvider(ctx, t, object)
			}
			wantNothingChanged(ctx, t, manifest, apply, objects)
		})
	}
}

func wantNothingChanged(ctx context.Context, t *testing.T, manifest []byte, apply []string, objects []object) {
	t.Helper()
	before := versionsOf(ctx, t, objects)
	printed := kubectl(t, manifest, apply...)
	if strings.Contains(printed, "configured") || strings.Contains(printed, "created") {
		t.Errorf("kubectl %v: %s", apply, printed)
	}
	// The exit code tells a difference.
	kubectl(t, manifest, append([]string{"diff"}, apply[1:]...)...)
	if after := versionsOf(ctx, t, objects); after != before {
		t.Errorf("the resource versions were %s, and are %s", before, after)
	}
}

func versionsOf(ctx context.Context, t *testing.T, objects []object) string {
	t.Helper()
	var versions []string
	for _, each := range objects {
		versions = append(versions, live(ctx, t, each).GetResourceVersion())
	}
	return strings.Join(versions, " ")
}

func live(ctx context.Context, t *testing.T, of object) object {
	t.Helper()
	read := &unstructured.Unstructured{}
	read.SetGroupVersionKind(of.GroupVersionKind())
	if err := server.client.Get(ctx, client.ObjectKeyFromObject(of), read); err != nil {
		t.Fatal(err)
	}
	return read
}

// writeAsProvider writes what the provider writes to an object that it begins.
func writeAsProvider(ctx context.Context, t *testing.T, of object) {
	t.Helper()
	read := live(ctx, t, of)
	if strings.HasSuffix(read.GetKind(), "Template") {
		return
	}
	spec := fields{"providerID": "evroc://uid"}
	if read.GetKind() == "EvrocCluster" {
		spec = fields{"controlPlaneEndpoint": fields{"host": "192.0.2.1", "port": int64(6443)}}
	}
	err := mergePatch(ctx, read, fields{"spec": spec, "metadata": fields{
		"annotations": fields{ownerID: "x"}, "finalizers": finalized.value}}, client.FieldOwner("cluster-api-provider-evroc"))
	if err != nil {
		t.Fatal(err)
	}
	if err := mergePatchStatus(ctx, read, madeStatus(read.GetKind())); err != nil {
		t.Fatal(err)
	}
}
