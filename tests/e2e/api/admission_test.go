package api

import (
	"context"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
)

// What others let the API server refuse says nothing about the shim's token, the
// cloud's credential or what runs. It is told, and the work goes on once it ends.
func TestAdmissionThatRefusesOurWrites(t *testing.T) {
	t.Parallel()
	t.Run("APolicyWithAReasonOfItsOwn", func(t *testing.T) {
		f := newFixture(t)
		c, before := readyMachine(f)
		remove := denyOurs(before)
		m := c.NewMachine("m", e2e.MachineOptions{})
		machineSays(m, "Ready=False/WriteRefused")
		warned(f, "WriteRefused", "denied request: not by this one")
		if vms, err := m.VMs(t.Context()); err != nil || len(vms) > 0 {
			t.Errorf("it was made without a finalizer: %v, %v", vms, err)
		}
		goesOn(c, before, m, remove)
	})
	t.Run("AWebhookThatCanNotBeCalled", func(t *testing.T) {
		f := newFixture(t)
		c, before := readyMachine(f)
		remove := askNobody(before)
		m := c.NewMachine("m", e2e.MachineOptions{})
		warned(f, "WriteRefused", "failed calling webhook")
		goesOn(c, before, m, remove)
	})
}

// readyMachine makes a cluster with a machine, both ready.
func readyMachine(f *e2e.Fixture) (*e2e.Cluster, *e2e.Machine) {
	f.T.Helper()
	c := ready(f)
	m := machineFence(c, "before")
	c.ReadyTrue()
	machineSays(m, "Ready=True")
	return c, m
}

// goesOn ends the test unless all is well that was, and m is made once the refusal
// is removed.
func goesOn(c *e2e.Cluster, before, m *e2e.Machine, remove func()) {
	c.T.Helper()
	clusterSays(c, "Ready=True", "CredentialsReady=True")
	machineSays(before, "Ready=True")
	c.Do(e2e.Both(c.Ready(c.T.Context()), before.OneVM(c.T.Context())))
	remove()
	m.Provisioned()
	oneVM(m)
	machineSays(m, "Ready=True")
	c.TearDown(before, m)
	c.NothingLeft()
}

// denyOurs lets a policy refuse what the shim writes into the EvrocMachines of
// m's namespace, beside their status. Dry runs show when it is in force.
func denyOurs(m *e2e.Machine) func() {
	m.T.Helper()
	shim := "system:serviceaccount:" + testenv.ShimNamespace + ":" + testenv.ShimAccount
	policy := &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: m.Fixture.Namespace},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: ptr.To(admissionv1.Fail),
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: only(m.Fixture.Namespace),
				ResourceRules: []admissionv1.NamedRuleWithOperations{
					{RuleWithOperations: updatesOf("evrocmachines")}},
			},
			Validations: []admissionv1.Validation{{
				Expression: "request.userInfo.username != '" + shim +
					"' && !(has(request.dryRun) && request.dryRun)",
				Message: "not by this one",
				// The oddest that there is: 413.
				Reason: ptr.To(metav1.StatusReasonRequestEntityTooLarge),
			}},
		},
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: m.Fixture.Namespace},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: policy.Name,
			ValidationActions: []admissionv1.ValidationAction{
				admissionv1.Deny},
		},
	}
	remove := install(m.Fixture, policy, binding)
	e2e.Eventually(m.T, "the policy refuses", func(ctx context.Context) error {
		err := m.Client.Patch(ctx, evrocOf(m), client.RawPatch(types.MergePatchType,
			[]byte(`{"metadata":{"annotations":{"probe":""}}}`)), client.DryRunAll)
		return e2e.That(apierrors.IsRequestEntityTooLargeError(err), "%v", err)
	})
	return remove
}

// askNobody has a webhook asked about each status of an EvrocMachine of m's
// namespace, where nobody answers.
func askNobody(m *e2e.Machine) func() {
	m.T.Helper()
	remove := install(m.Fixture, &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: m.Fixture.Namespace},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "nobody.example.com",
			ClientConfig: admissionv1.WebhookClientConfig{
				URL: ptr.To("https://127.0.0.1:1/")},
			Rules: []admissionv1.RuleWithOperations{
				updatesOf("evrocmachines/status")},
			FailurePolicy:           ptr.To(admissionv1.Fail),
			NamespaceSelector:       only(m.Fixture.Namespace),
			SideEffects:             ptr.To(admissionv1.SideEffectClassNone),
			TimeoutSeconds:          ptr.To[int32](1),
			AdmissionReviewVersions: []string{"v1"},
		}},
	})
	e2e.Eventually(m.T, "the webhook is asked", func(ctx context.Context) error {
		err := m.Client.Status().Patch(ctx, evrocOf(m), client.RawPatch(
			types.MergePatchType, []byte(`{"status":{"vmID":"probe"}}`)),
			client.DryRunAll)
		return e2e.That(apierrors.IsInternalError(err), "%v", err)
	})
	return remove
}

// install creates objects. The result deletes them, as the end of the test does.
func install(f *e2e.Fixture, objects ...client.Object) func() {
	f.T.Helper()
	remove := func() {
		for _, each := range objects {
			f.Do(client.IgnoreNotFound(f.Delete(context.Background(), each)))
		}
	}
	f.T.Cleanup(remove)
	for _, each := range objects {
		f.Do(f.Create(f.T.Context(), each))
	}
	return remove
}

func evrocOf(m *e2e.Machine) client.Object {
	return e2e.Evroc(e2e.MachineKind, m.Key().Namespace, m.Key().Name, nil)
}

func only(namespace string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{
		corev1.LabelMetadataName: namespace}}
}

func updatesOf(resource string) admissionv1.RuleWithOperations {
	return admissionv1.RuleWithOperations{
		Operations: []admissionv1.OperationType{admissionv1.Update},
		Rule: admissionv1.Rule{APIGroups: []string{e2e.MachineKind.Group},
			APIVersions: []string{e2e.MachineKind.Version},
			Resources:   []string{resource}},
	}
}
