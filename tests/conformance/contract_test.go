package conformance

import (
	"context"
	"testing"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestIC04EndpointOfTheUserIsKept(t *testing.T) {
	ctx := needServer(t)
	preset := fields{"host": "api.example.com", "port": int64(443)}
	made := created(ctx, t, "EvrocCluster", newNamespace(ctx, t), change{"spec.controlPlaneEndpoint", preset})
	if got := decode[clusterv1.APIEndpoint](t, made, "spec", "controlPlaneEndpoint"); got.String() != "api.example.com:443" {
		t.Errorf("endpoint is %v", got)
	}
}

// TestIC08ConditionsAreChecked checks the limits of conditions: core copies
// reason and message as they are, and the API server would refuse core's own
// status otherwise.
func TestIC08ConditionsAreChecked(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range []string{"EvrocCluster", "EvrocMachine"} {
		made := created(ctx, t, kind, namespace)
		for name, bad := range map[string]change{
			"no reason":        {"reason", nil},
			"empty reason":     {"reason", ""},
			"reason in words":  {"reason", "it broke"},
			"unknown status":   {"status", "Maybe"},
			"no time":          {"lastTransitionTime", nil},
			"no message":       {"message", nil},
			"message too long": {"message", string(make([]byte, 32769))},
		} {
			broken := changed(condition("Ready", "False", "Broken", "m"), []string{bad.path}, bad.value)
			if err := mergePatchStatus(ctx, made.DeepCopy(), fields{"conditions": []any{broken}}); err == nil {
				t.Errorf("%s takes a condition with %s", kind, name)
			}
		}
		twice := []any{condition("Ready", "True", "A", ""), condition("Ready", "False", "B", "")}
		if err := mergePatchStatus(ctx, made.DeepCopy(), fields{"conditions": twice}); err == nil {
			t.Errorf("%s takes a condition twice", kind)
		}
	}
}

func TestIC10ManagedByStays(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	annotate := func(value any) fields {
		return fields{"metadata": fields{"annotations": fields{managedBy: value}}}
	}
	made := created(ctx, t, "EvrocCluster", namespace)
	for _, step := range []struct {
		name    string
		patch   fields
		refused bool
	}{
		{"set", annotate("somebody"), false},
		{"change", annotate(""), false},
		{"remove", annotate(nil), true},
		{"remove all annotations", fields{"metadata": fields{"annotations": nil}}, true},
		{"write the spec", fields{"spec": fields{"additionalLabels": fields{"a": "b"}}}, false},
		{"add a finalizer", fields{"metadata": fields{"finalizers": []any{"example.com/f"}}}, false},
	} {
		if err := mergePatch(ctx, made.DeepCopy(), step.patch); (err != nil) != step.refused {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if err := mergePatchStatus(ctx, made.DeepCopy(), clusterStatus()); err != nil {
		t.Errorf("somebody can't write the status: %v", err)
	}
	checkRemovable(ctx, t, made)
}

// TestIM18ObjectsOfAMoveAreTaken checks objects with fields that are filled in
// later, since clusterctl move creates such objects. A template can't have a
// providerID, which all its machines would have.
func TestIM18ObjectsOfAMoveAreTaken(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	created(ctx, t, "EvrocMachine", namespace, change{"spec.providerID", "evroc://uid"},
		change{"metadata.finalizers", []any{"example.com/f"}})
	created(ctx, t, "EvrocCluster", namespace,
		change{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(6443)}})
	template := newObject(t, "EvrocMachineTemplate", namespace)
	change{"spec.template.spec.providerID", "evroc://uid"}.do(t, template)
	admissionCase{refused: "spec.template.spec.providerID"}.check(t, server.client.Create(ctx, template))
}

// checkRemovable deletes an object with a finalizer and removes the finalizer.
func checkRemovable(ctx context.Context, t *testing.T, made object) {
	t.Helper()
	if err := server.client.Delete(ctx, made.DeepCopy()); err != nil {
		t.Errorf("delete %s: %v", made.GetKind(), err)
	}
	patch := fields{"metadata": fields{"finalizers": nil}}
	if err := mergePatch(ctx, made.DeepCopy(), patch); err != nil {
		t.Errorf("take the finalizer from %s: %v", made.GetKind(), err)
	}
	err := server.client.Get(ctx, client.ObjectKeyFromObject(made), made.DeepCopy())
	if client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("%s is still there: %v", made.GetKind(), err)
	}
}
