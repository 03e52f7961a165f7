package e2e

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// write sets an object's status, as the shim would.
func write(f *Fixture, object *unstructured.Unstructured, status,
	spec map[string]any) {
	f.T.Helper()
	ctx := f.T.Context()
	f.Do(f.Get(ctx, client.ObjectKeyFromObject(object), object))
	for name, value := range spec {
		object.Object["spec"].(map[string]any)[name] = value
	}
	f.Do(f.Update(ctx, object))
	object.Object["status"] = status
	f.Do(f.Status().Update(ctx, object))
}

// The test plays core and the shim, to check the machinery of this package.
func TestFixtureWithoutAShim(t *testing.T) {
	f := NewFixture(t, FixtureOptions{WithoutShim: true})
	recording := f.Record(MachineKind)
	c := f.NewCluster("c", ClusterOptions{Zones: []string{"a", "b"}})
	if err := f.MirrorCluster(t.Context(), c.Object); err == nil {
		t.Error("mirrored what is not provisioned")
	}
	provisioned := map[string]any{
		"initialization": map[string]any{"provisioned": true},
		"failureDomains": []any{map[string]any{"name": "a", "controlPlane": true}},
		"conditions": []any{map[string]any{
			"type": "Ready", "status": "False", "reason": "BadThing",
			"message":            "spec.computeProfile: no such thing",
			"lastTransitionTime": "2026-11-23T10:00:00Z",
		}},
	}
	write(f, Evroc(ClusterKind, f.Namespace, "c", nil), provisioned,
		map[string]any{"controlPlaneEndpoint": map[string]any{
			"host": "192.0.2.1", "port": int64(6443)}})
	c.Provisioned()
	c.AwaitMention("compute_profile")
	if c.Object.Spec.ControlPlaneEndpoint.Host != "192.0.2.1" ||
		len(c.Object.Status.FailureDomains) != 1 {
		t.Errorf("Cluster %+v", c.Object.Spec)
	}

	m := c.NewMachine("m", MachineOptions{ControlPlane: true})
	write(f, Evroc(MachineKind, f.Namespace, "m", nil), map[string]any{
		"initialization": map[string]any{"provisioned": true},
		"addresses": []any{map[string]any{
			"type": "InternalIP", "address": "10.0.0.1"}},
	}, map[string]any{"providerID": "evroc://1"})
	m.Provisioned()
	if m.Object.Spec.ProviderID != "evroc://1" ||
		len(m.Object.Status.Addresses) != 1 {
		t.Errorf("Machine %+v", m.Object.Spec)
	}
	c.TearDown(m)
	Eventually(t, "all versions are recorded", func(context.Context) error {
		seen := 0
		for _, v := range Versions[MachineView](recording) {
			if v.Status.Provisioned() && v.Spec.ProviderID == "evroc://1" {
				seen++
			}
		}
		return That(seen > 0, "no provisioned version")
	})
}

// Tests read the cloud and change it.
func TestFixturesCloud(t *testing.T) {
	f := NewFixture(t, FixtureOptions{WithoutShim: true})
	ctx := t.Context()
	calls := f.CloudCalls(nil)
	labels := map[string]any{cloud.LabelClusterID: "id", "a": "b"}
	api := func(method, collection, id string, spec any) {
		t.Helper()
		body := map[string]any{
			"metadata": map[string]any{"id": id, "userLabels": labels},
			"spec":     spec,
		}
		at := ""
		if method == http.MethodDelete {
			at, body = id, nil
		}
		f.Do(f.Cloud.API(ctx, method, Project, collection, at, body, nil))
	}
	api(http.MethodPost, cloud.BackendPools, "pool", map[string]any{
		"backendRefs": []any{
			"/compute/projects/demo/regions/se-sto/virtualMachines/x"}})
	backends, err := f.Cloud.Backends(ctx, Project, "id")
	f.Do(err)
	if len(backends) != 1 || backends[0] != "x" {
		t.Errorf("backends %v", backends)
	}
	if got := f.CloudCalls(calls); got.Writes() != 1 {
		t.Errorf("calls %s", got)
	}
	before := inventoryOf(f)
	if len(before.With("a", "b").Of(cloud.BackendPools)) != 1 {
		t.Errorf("inventory %v", before)
	}
	f.Do(f.Restart(ctx, Simulator))
	if changed := cloud.Difference(before, inventoryOf(f)); changed != "" {
		t.Errorf("a restart changed\n%s", changed)
	}
	api(http.MethodDelete, cloud.BackendPools, "pool", nil)
	f.NothingLeft()
	f.Do(f.Cloud.InjectFault(ctx, cloud.Fault{Path: "backendPools", Status: 503,
		Count: 1}))
	if _, err := f.Cloud.Backends(ctx, Project, "id"); err == nil {
		t.Error("the fault did not occur")
	}
	f.Do(f.Cloud.InjectCreateFault(ctx, cloud.CreateFault{Collection: cloud.Disks,
		Outcome: "stuck"}))
	f.Do(f.Cloud.ClearFaults(ctx))
}

func inventoryOf(f *Fixture) cloud.Inventory {
	f.T.Helper()
	inventory, err := f.Inventory(f.T.Context())
	f.Do(err)
	return inventory
}

// Credentials name the fault proxy, except for tokens.
func TestCredentialsUseTheProxy(t *testing.T) {
	f := NewFixture(t, FixtureOptions{WithoutShim: true})
	c := &Cluster{Fixture: f, Object: NewCluster(f.Namespace, "c")}
	for _, file := range []string{"profile.yaml", "service-account.json",
		"password.yaml", "token.yaml", "kubeconfig.yaml"} {
		config := c.Secret(file).Data["config"]
		if !bytes.Contains(config, []byte(f.CloudAPI.URL())) {
			t.Errorf("%s does not", file)
		}
		if file == "profile.yaml" &&
			!bytes.Contains(config, []byte(f.Cloud.URL+"/realms")) {
			t.Errorf("the tokens of %s do", file)
		}
	}
}

func TestMentions(t *testing.T) {
	for _, text := range []string{"spec.computeProfile: x",
		"virtual_machine.compute_profile", "no such Compute Profile"} {
		if !Mentions(text, "computeProfile") {
			t.Error(text)
		}
	}
	if Mentions("profile", "computeProfile") {
		t.Error("profile")
	}
}

func TestForbidden(t *testing.T) {
	log := `a
E1 secrets is forbidden: User "system:serviceaccount:x:y" cannot list resource
denied by policy: cannot change it
z is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to`
	if lines := Forbidden(log); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
}

func TestBlames(t *testing.T) {
	status := CommonStatus{Conditions: []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionTrue, Message: "zone"},
		{Type: "VMReady", Status: metav1.ConditionFalse, Message: "the image"},
	}}
	if status.MentionsField("zone") == nil || status.MentionsField("image") != nil {
		t.Error(status.MentionsField("zone"), status.MentionsField("image"))
	}
}
