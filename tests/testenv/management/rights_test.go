package management

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func newRole(name string, labels map[string]string, verbs ...string) rbacv1.ClusterRole {
	role := rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	for _, verb := range verbs {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: []string{verb}})
	}
	return role
}

func verbs(rights []right) []string {
	var result []string
	for _, one := range rights {
		result = append(result, one.rule.Verbs...)
	}
	return result
}

func TestRightsOfAnAggregatedRoleAreThoseOfItsParts(t *testing.T) {
	aggregated := newRole("aggregated", nil)
	aggregated.AggregationRule = &rbacv1.AggregationRule{
		ClusterRoleSelectors: []metav1.LabelSelector{
			{MatchLabels: map[string]string{"part": "yes"}}}}
	all := []rbacv1.ClusterRole{
		aggregated,
		newRole("one", map[string]string{"part": "yes"}, "get", "list"),
		newRole("two", map[string]string{"part": "yes"}, "watch"),
		newRole("other", nil, "delete"),
	}
	got := verbs(clusterRights(all, "aggregated", ""))
	if !slices.Equal(got, []string{"list", "watch"}) {
		t.Errorf("awaits %v", got)
	}
	if got := verbs(clusterRights(all, "other", "")); !slices.Equal(got, []string{"delete"}) {
		t.Errorf("awaits %v", got)
	}
}
