package conformance

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const shimAccount = "system:serviceaccount:evroc-system:evroc-shim"

// right has the form "verb group/resource[/subresource]"; the group is empty
// for core.
type right struct {
	text      string
	namespace string // "" is all
}

func mayAccount(ctx context.Context, t *testing.T, account string, r right) bool {
	t.Helper()
	verb, what, _ := strings.Cut(r.text, " ")
	group, resource, _ := strings.Cut(what, "/")
	resource, subresource, _ := strings.Cut(resource, "/")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: account,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: r.namespace, Verb: verb, Group: group, Resource: resource, Subresource: subresource},
	}}
	if err := server.client.Create(ctx, review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// every returns all combinations of verbs and resources.
func every(verbs, resources string) []right {
	var rights []right
	for _, verb := range strings.Fields(verbs) {
		for _, resource := range strings.Fields(resources) {
			rights = append(rights, right{text: verb + " " + resource})
		}
	}
	return rights
}

const (
	readAndWritten = group + "/evrocclusters " + group + "/evrocmachines " + group + "/evrocmachinetemplates"
	coreResources  = "cluster.x-k8s.io/clusters cluster.x-k8s.io/machines"
)

// The rights include update on finalizers (RB-02), for owner references that
// block the owner's deletion.
func TestRB03TheShimHasTheRightsThatItNeeds(t *testing.T) {
	ctx := needServer(t)
	rights := every("get list watch", coreResources+" "+readAndWritten)
	rights = append(rights, every("patch", readAndWritten)...)
	for _, resource := range strings.Fields(readAndWritten) {
		rights = append(rights, every("patch", resource+"/status")...)
		rights = append(rights, every("update", resource+"/finalizers")...)
	}
	rights = append(rights, every("get list watch patch", "/secrets")...)
	rights = append(rights, every("get list watch patch", "/configmaps")...)
	rights = append(rights, every("create patch", "events.k8s.io/events")...)
	for _, each := range every("get create update patch", "coordination.k8s.io/leases") {
		rights = append(rights, right{each.text, "evroc-system"})
	}
	for _, each := range rights {
		if !mayAccount(ctx, t, shimAccount, each) {
			t.Errorf("the shim may not %s", each.text)
		}
	}
}

func TestRB04TheShimHasNoOtherRights(t *testing.T) {
	ctx := needServer(t)
	rights := every("create delete deletecollection", coreResources+" "+readAndWritten)
	rights = append(rights, every("update patch", coreResources+" cluster.x-k8s.io/clusters/status cluster.x-k8s.io/machines/status")...)
	rights = append(rights, every("create update delete deletecollection", "/secrets")...)
	rights = append(rights, every("create update delete", "/configmaps")...)
	rights = append(rights, every("get list watch create", "/pods /serviceaccounts /serviceaccounts/token /nodes")...)
	rights = append(rights, every("get create update patch", "coordination.k8s.io/leases")...)
	rights = append(rights, every("get", group+"/evrocclustertemplates apiextensions.k8s.io/customresourcedefinitions")...)
	rights = append(rights, every("create update bind escalate", "rbac.authorization.k8s.io/clusterroles rbac.authorization.k8s.io/clusterrolebindings")...)
	rights = append(rights, every("delete get list", "events.k8s.io/events")...)
	for _, each := range rights {
		if mayAccount(ctx, t, shimAccount, each) {
			t.Errorf("the shim may %s", each.text)
		}
	}
}

// TestRB01CoreMayWriteOurKinds checks the role that core ships itself: for this
// group no role has to be aggregated to it.
func TestRB01CoreMayWriteOurKinds(t *testing.T) {
	ctx := needServer(t)
	module, err := clusterAPIModule()
	if err != nil {
		t.Fatal(err)
	}
	roles, err := parseFiles(filepath.Join(module, "core/config/rbac/role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		role.SetName("capi-manager-under-test")
		if err := apply(ctx, role); err != nil {
			t.Fatal(err)
		}
		if role.GetKind() == "ClusterRole" {
			bindClusterRole(ctx, t, role.GetName(), "User", "capi-manager-under-test")
		}
	}
	all := readAndWritten + " " + group + "/evrocclustertemplates"
	rights := every("get list watch create update patch delete", all)
	// A binding takes effect after a moment.
	if err := poll(ctx, func(ctx context.Context) (bool, error) {
		return mayAccount(ctx, t, "capi-manager-under-test", rights[0]), nil
	}); err != nil {
		t.Fatalf("core may not %s: %v", rights[0].text, err)
	}
	for _, each := range rights {
		if !mayAccount(ctx, t, "capi-manager-under-test", each) {
			t.Errorf("core may not %s", each.text)
		}
	}
}

func bindClusterRole(ctx context.Context, t *testing.T, role, kind, name string) {
	t.Helper()
	binding := fromYAML(t, fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: %s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: %s, name: %s}]
`, role, role, kind, name))
	if err := apply(ctx, binding); err != nil {
		t.Fatal(err)
	}
}

func fromYAML(t *testing.T, text string) object {
	t.Helper()
	objects, err := parse([]byte(text))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	return objects[0]
}

// asShim returns a client with the shim's rights.
func asShim(t *testing.T) client.WithWatch {
	t.Helper()
	config := rest.CopyConfig(server.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: shimAccount}
	made, err := client.NewWithWatch(config, client.Options{Scheme: server.client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestRB03TheShimWatchesASecretByName checks a watch without the right to list
// Secrets: a watch from version 0 begins with the existing object. (A watch
// without a version asks for the newest state, which an API server with an etcd
// before 3.4.25 may not know.)
func TestRB03TheShimWatchesASecretByName(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "credentials"}}
	shim := asShim(t)
	watch, err := shim.Watch(ctx, &corev1.SecretList{}, client.InNamespace(namespace),
		client.MatchingFields{"metadata.name": "credentials"}, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Stop()
	if err := server.client.Create(ctx, secret.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-watch.ResultChan():
		if got, ok := event.Object.(*corev1.Secret); !ok || got.Name != "credentials" {
			t.Errorf("the watch says %v", event)
		}
	case <-ctx.Done():
		t.Error("the watch says nothing")
	}
	before := secret.DeepCopy()
	secret.Finalizers = []string{"infrastructure.cluster.x-k8s.io/evroc-credentials"}
	if err := shim.Patch(ctx, secret, client.MergeFrom(before)); err != nil {
		t.Errorf("put our finalizer on: %v", err)
	}
}

func TestRB03TheShimHoldsALease(t *testing.T) {
	ctx := needServer(t)
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "evroc-system", Name: "evroc-shim"}}
	shim := asShim(t)
	if err := shim.Create(ctx, lease); err != nil {
		t.Fatal(err)
	}
	lease.Spec.HolderIdentity = ptr.To("somebody")
	if err := shim.Update(ctx, lease); err != nil {
		t.Error(err)
	}
}

// TestObjectsAreLabelled checks the labels by which clusterctl finds this
// provider's objects.
func TestObjectsAreLabelled(t *testing.T) {
	objects, err := deployed()
	if err != nil {
		t.Fatal(err)
	}
	namespaces := 0
	for _, each := range objects {
		if got := each.GetLabels()["cluster.x-k8s.io/provider"]; got != "infrastructure-evroc" {
			t.Errorf("%s %s has the provider label %q", each.GetKind(), each.GetName(), got)
		}
		if each.GetKind() == "Namespace" {
			namespaces++
		}
		if namespace := each.GetNamespace(); namespace != "" && namespace != "evroc-system" {
			t.Errorf("%s %s is in %s", each.GetKind(), each.GetName(), namespace)
		}
	}
	if namespaces != 1 {
		t.Errorf("there are %d namespaces, clusterctl takes one", namespaces)
	}
}

// TestKustomizationHasEverything checks that kubectl apply -k deploy installs
// all files of the folders.
func TestKustomizationHasEverything(t *testing.T) {
	needServer(t)
	kubectl(t, nil, "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-k", filepath.Join(repository(), "deploy"))
	listed, err := parseFiles(filepath.Join(repository(), "deploy/kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	resources := decode[[]string](t, listed[0], "resources")
	files, err := filepath.Glob(filepath.Join(repository(), "deploy", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name, err := filepath.Rel(filepath.Join(repository(), "deploy"), file)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(name)
		if folder != "crd" && folder != "rbac" && folder != "policy" {
			continue
		}
		if !slices.Contains(resources, name) {
			t.Errorf("%s is not in the kustomization", name)
		}
	}
}
