package handover

import (
	"encoding/json"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// provider is the official provider in the management cluster.
type provider struct {
	deployment *appsv1.Deployment
	validating *admissionv1.ValidatingWebhookConfiguration
	mutating   *admissionv1.MutatingWebhookConfiguration
	// others has a webhook for its kinds among other ones.
	others *admissionv1.ValidatingWebhookConfiguration
}

// provider makes its objects. Once they are there, the API server refuses every
// write to objects of its kinds: nobody serves its webhooks.
func (s *script) provider() *provider {
	s.T.Helper()
	labels := map[string]string{"control-plane": "controller-manager"}
	container := corev1.Container{Name: "manager",
		Image: "ghcr.io/evroc-oss/cluster-api-provider-evroc:v0.6.0"}
	p := &provider{
		deployment: &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "official"},
			Spec: appsv1.DeploymentSpec{
				Replicas: ptr.To[int32](2),
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: labels},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{container}},
				},
			},
		},
		validating: &admissionv1.ValidatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: "official-validating"},
			Webhooks: []admissionv1.ValidatingWebhook{validatingWebhook("evrocclusters"),
				validatingWebhook("evrocmachines")},
		},
		mutating: &admissionv1.MutatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: "official-mutating"},
			Webhooks:   []admissionv1.MutatingWebhook{mutatingWebhook("evrocmachines")},
		},
		others: &admissionv1.ValidatingWebhookConfiguration{
			ObjectMeta: metav1.ObjectMeta{Name: "policies"},
			Webhooks:   []admissionv1.ValidatingWebhook{validatingWebhook("evrocclusters", "pods")},
		},
	}
	p.others.Webhooks[0].FailurePolicy = ptr.To(admissionv1.Ignore)
	p.others.Webhooks[0].ObjectSelector = &metav1.LabelSelector{
		MatchLabels: map[string]string{"no": "object"}}
	for _, object := range []client.Object{p.deployment, p.pod("official-1", labels),
		p.pod("official-0", labels), p.others, p.mutating, p.validating} {
		s.Do(s.Create(s.T.Context(), object))
	}
	return p
}

func (p *provider) pod(name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.deployment.Namespace, Name: name,
			Labels: labels},
		Spec: p.deployment.Spec.Template.Spec,
	}
}

func validatingWebhook(resources ...string) admissionv1.ValidatingWebhook {
	return admissionv1.ValidatingWebhook{
		Name: resources[0] + ".official.example.com", ClientConfig: nobody(),
		Rules: rulesFor(resources), SideEffects: ptr.To(admissionv1.SideEffectClassNone),
		AdmissionReviewVersions: []string{"v1"},
	}
}

func mutatingWebhook(resource string) admissionv1.MutatingWebhook {
	return admissionv1.MutatingWebhook{
		Name: resource + ".official.example.com", ClientConfig: nobody(),
		Rules:                   rulesFor([]string{resource}),
		SideEffects:             ptr.To(admissionv1.SideEffectClassNone),
		AdmissionReviewVersions: []string{"v1"},
	}
}

// nobody serves webhooks there.
func nobody() admissionv1.WebhookClientConfig {
	return admissionv1.WebhookClientConfig{
		Service: &admissionv1.ServiceReference{Namespace: "official", Name: "webhook"}}
}

func rulesFor(resources []string) []admissionv1.RuleWithOperations {
	return []admissionv1.RuleWithOperations{{
		Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
		Rule: admissionv1.Rule{APIGroups: []string{e2e.ClusterKind.Group},
			APIVersions: []string{"v1beta1"}, Resources: resources},
	}}
}

// endPods removes its Pods, as the kubelet does when they have ended.
func (s *script) endPods() {
	s.T.Helper()
	s.Do(s.DeleteAllOf(s.T.Context(), &corev1.Pod{}, client.InNamespace(s.Namespace),
		client.GracePeriodSeconds(0)))
}

// replicas is how many the official provider's Deployment has.
func (s *script) replicas(p *provider) int32 {
	s.T.Helper()
	s.Do(s.Get(s.T.Context(), client.ObjectKeyFromObject(p.deployment), p.deployment))
	return *p.deployment.Spec.Replicas
}

// webhooks returns what the API server has of the official provider's webhooks,
// as JSON by the kind and name.
func (s *script) webhooks() map[string]string {
	s.T.Helper()
	all := map[string]string{}
	add := func(name string, webhooks any) {
		text, err := json.Marshal(webhooks)
		s.Do(err)
		all[name] = string(text)
	}
	validating := &admissionv1.ValidatingWebhookConfigurationList{}
	s.Do(s.List(s.T.Context(), validating))
	for _, each := range validating.Items {
		add("validating/"+each.Name, each.Webhooks)
	}
	mutating := &admissionv1.MutatingWebhookConfigurationList{}
	s.Do(s.List(s.T.Context(), mutating))
	for _, each := range mutating.Items {
		add("mutating/"+each.Name, each.Webhooks)
	}
	return all
}
