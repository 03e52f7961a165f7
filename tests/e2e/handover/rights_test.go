package handover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// right is a group and resource, and what the script does with it.
type right struct{ group, resource, verb string }

func (r right) String() string { return r.verb + " " + r.resource }

const admission = "admissionregistration.k8s.io"

// toReport are the rights that a report needs.
func toReport() []right {
	core, infra := "cluster.x-k8s.io", e2e.ClusterKind.Group
	return []right{{core, "clusters", "list"}, {core, "machines", "list"},
		{infra, "evrocclusters", "list"}, {infra, "evrocmachines", "list"}, {infra, "evrocclustertemplates", "list"},
		{infra, "evrocmachinetemplates", "list"}, {"apps", "deployments", "list"},
		{admission, "validatingwebhookconfigurations", "list"},
		{admission, "mutatingwebhookconfigurations", "list"},
		{"", "configmaps", "get"}}
}

// toStop are the rights that `stop` needs.
func toStop() []right {
	read := slices.DeleteFunc(toReport(), func(one right) bool {
		return strings.HasSuffix(one.resource, "machines") ||
			strings.HasSuffix(one.resource, "templates")
	})
	return append(read, right{"cluster.x-k8s.io", "clusters", "get"},
		right{"cluster.x-k8s.io", "clusters", "patch"},
		right{"apps", "deployments", "get"}, right{"apps", "deployments", "patch"},
		right{"", "pods", "list"}, right{"", "configmaps", "patch"},
		right{"", "configmaps", "create"},
		right{admission, "validatingwebhookconfigurations", "delete"},
		right{admission, "mutatingwebhookconfigurations", "delete"})
}

// as lets the script act as a user with these rights.
func (s *script) as(user string, rights []right) {
	s.T.Helper()
	ctx := s.T.Context()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}}
	for _, one := range rights {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{
			APIGroups: []string{one.group}, Resources: []string{one.resource},
			Verbs: []string{one.verb}})
	}
	s.Do(s.Create(ctx, role))
	s.Do(s.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole",
			Name: user},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User",
			Name: user}},
	}))
	e2e.Eventually(s.T, user+" has the rights", func(ctx context.Context) error {
		var denied []error
		for _, one := range rights {
			denied = append(denied, s.allows(ctx, user, one))
		}
		return e2e.Both(denied...)
	})
	s.user = user
}

// allows returns an error if the API server denies a user a right.
func (s *script) allows(ctx context.Context, user string, one right) error {
	review := &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{User: user,
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Group: one.group, Resource: one.resource, Verb: one.verb}}}
	err := s.Create(ctx, review)
	return e2e.Both(err, e2e.That(review.Status.Allowed, "no right to %s", one))
}

// A right that is missing ends a command before it has changed anything. Nobody
// takes what he may not see for something that is not there.
func TestMissingRights(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	p := s.provider()
	before := s.webhooks()
	for command, needed := range map[string][]right{"report": toReport(),
		"stop": toStop()} {
		for n, missing := range needed {
			t.Run(command+"/"+missing.String(), func(t *testing.T) {
				s.as(fmt.Sprintf("%s-%d", command, n),
					slices.Delete(slices.Clone(needed), n, n+1))
				s.fails(command+" --timeout=1", "(Forbidden)", missing.resource)
			})
		}
	}
	s.user = ""
	expectPaused(a, false)
	if _, there := s.kept(); there {
		t.Errorf("something was kept")
	}
	if n := s.replicas(p); n != 2 || !maps.Equal(before, s.webhooks()) {
		t.Errorf("%d replicas, webhooks %v", n, s.webhooks())
	}
}

// All rights together are enough to stop; who may only read changes nothing.
func TestTheRightsAreEnough(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	s.provider()
	s.endPods()
	s.as("stopper", toStop())
	s.works("stop", "paused 1 Clusters", "removed 2 webhook")
	s.user = ""
	s.runShim()
	s.proves()

	s.as("reader", append(toReport(), right{"", "pods", "list"}))
	s.fails("go", "(Forbidden)", "configmaps")
	s.user = ""
	expectPaused(a, true)
	if state, _ := s.kept(); len(state.Paused) != 1 {
		t.Errorf("kept: %+v", state)
	}

	s.works("go")
	s.user = "reader"
	s.fails("back", "(Forbidden)", "validatingadmissionpolicies")
	s.user = ""
	if a.View().Annotations[giveBack] != "" || len(s.webhooks()) != 1 {
		t.Errorf("it is given back, with the webhooks %v", s.webhooks())
	}
}
