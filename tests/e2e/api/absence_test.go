package api

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// Of a cluster that runs: what is taken away from a control-plane machine says
// nothing about the machine, so that nothing of it is taken away in the cloud.
func TestAnAbsenceIsNoStatement(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]e2e.ClusterOptions{
		"load balancer": {},
		"public IP": {Spec: func(s map[string]any) {
			s["controlPlaneConfig"] = map[string]any{
				"loadBalancer": map[string]any{"enabled": false}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c := f.NewCluster("c", options).Provisioned()
			one := c.NewMachine("one", e2e.MachineOptions{ControlPlane: true}).Provisioned()
			two := c.NewMachine("two", e2e.MachineOptions{ControlPlane: true}).Provisioned()
			if name == "load balancer" {
				for _, m := range []*e2e.Machine{one, two} {
					e2e.Eventually(t, "it is a backend", isBackend(c, m))
				}
			}
			restore := metadata(one)
			f.Settled()
			before := f.CloudSnapshot()
			for _, step := range []struct{ what, evroc, machine string }{
				{"its owner is gone", `{"metadata":{"ownerReferences":null}}`, ""},
				{"its labels are gone", `{"metadata":{"labels":null}}`, ""},
				{"the label of its Machine is gone", "",
					`{"metadata":{"labels":{"` + clusterv1.MachineControlPlaneLabel + `":null}}}`},
			} {
				if step.evroc != "" {
					one.PatchEvroc(step.evroc)
				} else {
					f.Do(f.Client.Patch(t.Context(), one.Object,
						client.RawPatch(types.MergePatchType, []byte(step.machine))))
				}
				// The cluster is looked at again after each of them.
				c.PatchEvroc(`{"metadata":{"annotations":{"example.com/look":"` +
					step.what + `"}}}`)
				f.Settled()
				for _, change := range before.Changes(f.CloudSnapshot()) {
					t.Errorf("after %s: in the cloud %s", step.what, change)
				}
			}
			one.PatchEvroc(restore)
			c.TearDown(one, two)
			f.NothingLeft()
		})
	}
}

// metadata returns a patch that gives an EvrocMachine the owners and labels back
// that it has now.
func metadata(m *e2e.Machine) string {
	m.T.Helper()
	evroc := e2e.Evroc(e2e.MachineKind, m.Key().Namespace, m.Key().Name, nil)
	m.Do(m.Client.Get(m.T.Context(), m.Key(), evroc))
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"ownerReferences": evroc.GetOwnerReferences(), "labels": evroc.GetLabels()}})
	m.Do(err)
	return string(patch)
}

// Its finalizer and label come back, and new content counts, without a wait for
// the next look.
func TestTheSecretInUseIsHeld(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	key := types.NamespacedName{Namespace: f.Namespace, Name: c.SecretName()}
	const mark = "infrastructure.cluster.x-k8s.io/evroc-credentials"
	held := func(ctx context.Context) error {
		secret := &corev1.Secret{}
		err := f.Client.Get(ctx, key, secret)
		_, labelled := secret.Labels[mark]
		return e2e.Both(err, e2e.That(
			labelled && slices.Contains(secret.Finalizers, mark),
			"finalizers %v, labels %v", secret.Finalizers, secret.Labels))
	}
	e2e.Eventually(t, "it is held", held)
	for _, patch := range []string{
		`{"metadata":{"finalizers":null}}`,
		`{"metadata":{"labels":null}}`,
		`{"metadata":{"finalizers":null,"labels":null}}`,
	} {
		f.Do(f.Client.Patch(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: key.Namespace, Name: key.Name}},
			client.RawPatch(types.MergePatchType, []byte(patch))))
		e2e.Eventually(t, "it is held again after "+patch, held)
	}
	secret := c.Secret("")
	f.Do(f.Client.Get(t.Context(), key, secret))
	good := secret.Data
	secret.Data = map[string][]byte{"config": []byte("{}")}
	f.Do(f.Client.Update(t.Context(), secret))
	c.AwaitMention(c.SecretName())
	f.Do(f.Client.Get(t.Context(), key, secret))
	secret.Data = good
	f.Do(f.Client.Update(t.Context(), secret))
	c.ReadyTrue()
	c.TearDown()
	f.NothingLeft()
}
