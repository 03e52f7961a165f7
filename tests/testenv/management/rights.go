package management

import (
	"context"
	"errors"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// right is one rule of an account, in one namespace or in all.
type right struct {
	rule      rbacv1.PolicyRule
	namespace string
}

// awaitRights waits until the API server grants the account the rights of its
// roles. The server learns of roles and bindings by watching, and a controller
// fills the aggregated ones.
func (m *Management) awaitRights(ctx context.Context, namespace, name string) error {
	rights, err := m.rightsOf(ctx, namespace, name)
	if err != nil {
		return err
	}
	return m.poll(ctx, func(ctx context.Context) error {
		for _, one := range rights {
			if err := m.hasRight(ctx, namespace, name, one); err != nil {
				return err
			}
		}
		return nil
	})
}

// rightsOf returns the last rule of each role of the account: the rules of one
// role take effect together.
func (m *Management) rightsOf(ctx context.Context, namespace, name string) (
	[]right, error) {
	client := m.clients.typed.RbacV1()
	clusterRoles, err1 := client.ClusterRoles().List(ctx, metav1.ListOptions{})
	everywhere, err2 := client.ClusterRoleBindings().List(ctx, metav1.ListOptions{})
	roles, err3 := client.Roles("").List(ctx, metav1.ListOptions{})
	bindings, err4 := client.RoleBindings("").List(ctx, metav1.ListOptions{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	var result []right
	for _, binding := range everywhere.Items {
		if binds(binding.Subjects, namespace, name) {
			result = append(result,
				clusterRights(clusterRoles.Items, binding.RoleRef.Name, "")...)
		}
	}
	for _, binding := range bindings.Items {
		if !binds(binding.Subjects, namespace, name) {
			continue
		}
		if binding.RoleRef.Kind == "ClusterRole" {
			result = append(result, clusterRights(clusterRoles.Items,
				binding.RoleRef.Name, binding.Namespace)...)
			continue
		}
		for _, role := range roles.Items {
			if role.Namespace == binding.Namespace &&
				role.Name == binding.RoleRef.Name {
				result = append(result, lastRule(role.Rules, binding.Namespace)...)
			}
		}
	}
	return result, nil
}

func binds(subjects []rbacv1.Subject, namespace, name string) bool {
	for _, subject := range subjects {
		if subject.Kind == rbacv1.ServiceAccountKind &&
			subject.Namespace == namespace && subject.Name == name {
			return true
		}
	}
	return false
}

// clusterRights returns the rules of a cluster role. If the role is aggregated,
// they include those of the roles that will become part of it.
func clusterRights(all []rbacv1.ClusterRole, name, namespace string) []right {
	var result []right
	for _, role := range all {
		if role.Name != name {
			continue
		}
		if role.AggregationRule == nil {
			result = append(result, lastRule(role.Rules, namespace)...)
			continue
		}
		for _, part := range all {
			if selects(role.AggregationRule, part.Labels) {
				result = append(result, lastRule(part.Rules, namespace)...)
			}
		}
	}
	return result
}

func selects(rule *rbacv1.AggregationRule, of map[string]string) bool {
	for _, one := range rule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&one)
		if err == nil && selector.Matches(labels.Set(of)) {
			return true
		}
	}
	return false
}

func lastRule(rules []rbacv1.PolicyRule, namespace string) []right {
	if len(rules) == 0 {
		return nil
	}
	return []right{{rules[len(rules)-1], namespace}}
}

func (m *Management) hasRight(ctx context.Context, namespace, name string,
	wanted right) error {
	review := &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: "system:serviceaccount:" + namespace + ":" + name,
			Groups: []string{"system:serviceaccounts",
				"system:serviceaccounts:" + namespace, "system:authenticated"},
		}}
	wanted.describe(&review.Spec)
	answer, err := m.clients.typed.AuthorizationV1().SubjectAccessReviews().
		Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if !answer.Status.Allowed {
		return fmt.Errorf("%v is not yet allowed", wanted.rule)
	}
	return nil
}

// describe fills a review of the first action that the rule allows.
func (r right) describe(spec *authorizationv1.SubjectAccessReviewSpec) {
	if len(r.rule.NonResourceURLs) > 0 {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{
			Path: r.rule.NonResourceURLs[0], Verb: first(r.rule.Verbs)}
		return
	}
	resource, subresource := splitResource(first(r.rule.Resources))
	spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
		Namespace:   r.namespace,
		Verb:        first(r.rule.Verbs),
		Group:       first(r.rule.APIGroups),
		Resource:    resource,
		Subresource: subresource,
		Name:        first(r.rule.ResourceNames),
	}
}

func splitResource(text string) (resource, subresource string) {
	resource, subresource, _ = strings.Cut(text, "/")
	return resource, subresource
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
