package cloud

import (
	"net/http"
	"slices"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.9.8, B.2.7, B.3: roles, role bindings and access; what all objects of iam
// share.
var roleClauses = []clause{
	{"B.2.7", stated, "a service account without role bindings can sign in and do nothing", func(t *trial) {
		account, _, key := t.makeCredential()
		t.signsIn(account, key)
		bearer := "Bearer " + t.assert(account.At("status.oauthClientId").String(), key).JSON.At("access_token").String()
		for _, each := range []client.Request{
			{Method: http.MethodGet, Path: t.collection(disks)},
			{Method: http.MethodGet, Path: t.path(groups, "default-allow-ssh")},
			{Method: http.MethodDelete, Path: t.path(disks, t.newID())},
		} {
			each.Authorization = &bearer
			t.refused(t.call(each), http.StatusForbidden, http.StatusNotFound)
		}
	}},
	{"B.9.8", stated, "what a role allows a service account, it can do, and nothing else", func(t *trial) {
		account, _, key := t.makeCredential()
		t.bindTo(account, obj{"name": roleRef("computeViewer")})
		t.signsIn(account, key)
		bearer := "Bearer " + t.assert(account.At("status.oauthClientId").String(), key).JSON.At("access_token").String()
		as := func(path string) client.Answer {
			return t.call(client.Request{Method: http.MethodGet, Path: path, Authorization: &bearer})
		}
		t.eventually(quick, "reads disks", func() bool { return as(t.collection(disks)).Accepted() })
		t.refused(as(t.collection(groups)), http.StatusForbidden, http.StatusNotFound)
	}},
	{"B.9.8", open, "permissionSets are gone: 404", func(t *trial) {
		t.refused(t.read("/iam/v1beta1/projects/"+t.cloud.Project+"/permissionSets"), http.StatusNotFound)
	}},
	{"B.3", stated, "objects of iam of a project have metadata.project", func(t *trial) {
		for _, o := range []object{t.makeAccount(), t.bind("computeViewer")} {
			t.same("project of "+o.kind.name, t.again(o).At("metadata.project"), t.cloud.Project)
			t.wants(!t.again(o).At("metadata.region").Exists(), "a %s has a region", o.kind.name)
		}
	}},
	{"B.2.7", stated, "lists of service accounts take a labelSelector", func(t *trial) {
		account := t.makeLabelled(accounts, obj{"enabled": true}, map[string]string{"shade": "dark"})
		t.makeAccount()
		found := t.listed(accounts, "shade%3Ddark%2C"+runLabel+"%3D"+t.cloud.prefix)
		t.wants(slices.Equal(found, []string{account.id}), "it finds %v", found)
	}},
	{"B.2.7", stated, "a PATCH of a service account changes its user labels", func(t *trial) {
		account := t.makeAccount()
		t.accepted(t.relabel(account, obj{"colour": "red", runLabel: t.cloud.prefix}))
		t.same("colour", t.again(account).At("metadata.userLabels.colour"), "red")
	}},
	{"B.9.8", stated, "the id of a service account's binding is sa-project.account", func(t *trial) {
		account := t.makeAccount()
		binding := t.bindTo(account, obj{"name": roleRef("computeViewer")})
		t.same("id", binding.At("metadata.id"), "sa-"+t.cloud.Project+"."+account.id)
	}},
	{"B.9.8", stated, "an id of a binding that is not derived from its principal is refused", func(t *trial) {
		t.refused(t.try(bindings, obj{"principal": t.ref(t.makeAccount()), "roles": list{obj{"name": roleRef("computeViewer")}}}))
	}},
	{"B.9.8", stated, "a binding has at least one role", func(t *trial) {
		account := t.makeAccount()
		id := t.bindingID(account)
		t.refused(t.post(bindings, id, t.body(bindings, id, obj{"principal": t.ref(account), "roles": list{}})))
	}},
	{"B.9.8", stated, "the principal of a binding never changes", func(t *trial) {
		t.refused(t.patchSpec(t.bind("computeViewer"), obj{"principal": t.ref(t.makeAccount())}))
	}},
	{"B.9.8", stated, "a PATCH of a binding changes only what it names", func(t *trial) {
		binding := t.bind("computeViewer")
		changed := t.accepted(t.patchSpec(binding, obj{"name": "a test"}))
		t.same("name", changed.At("spec.name"), "a test")
		t.same("roles", changed.At("spec.roles"), binding.At("spec.roles"))
	}},
	{"B.9.8", stated, "assign makes a binding, and then adds roles to it; revoke takes them away", (*trial).assignAndRevoke},
	{"B.9.8", open, "a binding without roles left is gone", func(t *trial) {
		account := t.makeAccount()
		binding := t.assign(account, "computeViewer")
		t.accepted(t.ask("/iam/v1beta1/projects/"+t.cloud.Project+"/roleBindings/revoke",
			obj{"principal": t.ref(account), "role": roleRef("computeViewer")}))
		t.gone(binding, quick)
	}},
	{"B.9.8", stated, "the roles that the text names are listed, with description, permissions and scope", (*trial).listsRoles},
	{"B.9.8", stated, "me/roleBindings is a list of bindings", func(t *trial) {
		items := t.accepted(t.read("/iam/v1beta1/me/roleBindings")).At("items")
		t.wants(items.IsArray() || items.IsNull() || !items.Exists(), "items are %s", items.Text())
		for _, each := range items.Items() {
			t.wants(each.At("spec.principal").IsString(), "a principal is %s", each.At("spec.principal").Text())
		}
	}},
	{"B.9.8", stated, "testPermissions answers each check, in the order asked", func(t *trial) {
		permissions := t.permissions("computeViewer")
		results := t.accepted(t.ask("/iam/v1beta1/testPermissions", obj{"checks": t.checks(permissions...)})).At("results")
		t.answersInOrder(results, permissions)
	}},
	{"B.9.8", stated, "checkAccess answers for a principal by its bindings, in the order asked", (*trial).checksAccess},
	{"B.9.8", stated, "all resources of one question are of one project or organisation", func(t *trial) {
		permission := t.permissions("computeViewer")[0]
		checks := append(t.checks(permission), obj{"permission": permission,
			"resource": "/compute/projects/another/regions/" + t.cloud.Region + "/disks/none"})
		t.refused(t.ask("/iam/v1beta1/testPermissions", obj{"checks": checks}))
	}},
	{"B.9.8", stated, "a project has spec.name and spec.organization", func(t *trial) {
		project := t.accepted(t.read("/iam/v1beta1/projects/" + t.cloud.Project))
		t.wants(project.At("spec.name").IsString(), "name is %s", project.At("spec.name").Text())
		t.wants(project.At("spec.organization").IsString(), "organization is %s", project.At("spec.organization").Text())
	}},
	{"B.9.7", stated, "the id of an organisation is a UUID", func(t *trial) {
		organisations := t.accepted(t.read("/iam/v1beta1/organizations")).At("items").Items()
		t.wants(len(organisations) > 0, "there is none")
		for _, each := range organisations {
			t.wants(uuid.MatchString(each.At("metadata.id").String()), "an id is %s", each.At("metadata.id").Text())
		}
	}},
}

// The roles that the text names, by scope.
const (
	projectRoles = "projectOwner projectContributor projectAccessAdministrator computeViewer computeOperator networkingViewer " +
		"networkingOperator networkingUser loadBalancerViewer loadBalancerOperator storageOperator thinkViewer thinkOperator " +
		"quotaViewer cicdInfrastructureManager securityIncidentResponder kubernetesCCMAgent kubernetesCSIAgent"
	organisationRoles = "organizationOwner organizationViewer organizationAccessAdministrator organizationProjectCreator"
)

var bindings = kind{"iam", "v1beta1", "roleBindings", "RoleBinding"}

func roleRef(name string) string { return "/iam/roles/" + name }

func (t *trial) bindingID(account object) string { return "sa-" + t.cloud.Project + "." + account.id }

// bind binds an account of its own.
func (t *trial) bind(role string) object {
	t.Helper()
	return t.bindTo(t.makeAccount(), obj{"name": roleRef(role)})
}

func (t *trial) bindTo(account object, roles ...any) object {
	t.Helper()
	id := t.bindingID(account)
	answer := t.post(bindings, id, t.body(bindings, id, obj{"principal": t.ref(account), "roles": list(roles)}))
	if lacksMeans(answer) {
		t.unable(notRun, "there is no right to bind roles")
	}
	return object{t.accepted(answer), bindings, id}
}

func (t *trial) ask(path string, body obj) client.Answer {
	t.Helper()
	return t.call(client.Request{Method: http.MethodPost, Path: path, Body: body})
}

func (t *trial) assign(account object, role string) object {
	t.Helper()
	id := t.bindingID(account)
	done, allowed := t.cloud.ledger.posting(t.path(bindings, id), t)
	if !allowed {
		t.unable(notRun, "the run is ending")
	}
	defer done()
	answer := t.ask(t.collection(bindings)+"/assign", obj{"principal": t.ref(account), "role": roleRef(role)})
	if lacksMeans(answer) {
		t.unable(notRun, "there is no right to assign roles")
	}
	t.cloud.ledger.count(bindings.name)
	return object{t.accepted(answer), bindings, id}
}

func (t *trial) assignAndRevoke() {
	account := t.makeAccount()
	first := t.assign(account, "computeViewer")
	t.same("id", first.At("metadata.id"), t.bindingID(account))
	both := t.assign(account, "networkingViewer")
	t.wants(len(both.At("spec.roles").Items()) == 2, "the roles are %s", both.At("spec.roles").Text())
	left := t.accepted(t.ask(t.collection(bindings)+"/revoke", obj{"principal": t.ref(account), "role": roleRef("computeViewer")}))
	t.wants(len(left.At("spec.roles").Items()) == 1, "the roles left are %s", left.At("spec.roles").Text())
	t.same("role left", left.At("spec.roles.0.name"), roleRef("networkingViewer"))
}

func (t *trial) role(name string) client.Value {
	t.Helper()
	for _, each := range t.accepted(t.read("/iam/v1beta1/roles")).At("items").Items() {
		if each.At("id").String() == roleRef(name) {
			return each
		}
	}
	t.differ("there is no role %s", name)
	return client.Value{}
}

func (t *trial) permissions(role string) []string {
	t.Helper()
	names := []string{}
	for _, each := range t.role(role).At("permissions").Items() {
		names = append(names, each.String())
	}
	t.wants(len(names) > 0, "%s has no permissions", role)
	return names
}

func (t *trial) listsRoles() {
	for scope, names := range map[string]string{"project": projectRoles, "organization": organisationRoles} {
		for name := range strings.FieldsSeq(names) {
			role := t.role(name)
			t.same("scope of "+name, role.At("scope"), scope)
			t.wants(role.At("description").IsString(), "the description of %s is %s", name, role.At("description").Text())
			for _, permission := range role.At("permissions").Items() {
				t.wants(strings.Count(permission.String(), ".") == 2, "a permission of %s is %s", name, permission.Text())
			}
		}
	}
}

func (t *trial) checks(permissions ...string) list {
	checks := list{}
	for _, each := range permissions {
		checks = append(checks, obj{"permission": each, "resource": t.fqid(disks, t.newID())})
	}
	return checks
}

func (t *trial) answersInOrder(results client.Value, permissions []string) {
	t.Helper()
	t.wants(len(results.Items()) == len(permissions), "there are %d results", len(results.Items()))
	for i, each := range results.Items() {
		t.same("permission", each.At("permission"), permissions[i])
		t.wants(each.At("allowed").Equal(true) || each.At("allowed").Equal(false), "allowed is %s", each.At("allowed").Text())
	}
}

func (t *trial) checksAccess() {
	account := t.makeAccount()
	t.bindTo(account, obj{"name": roleRef("computeViewer")})
	allowed := t.permissions("computeViewer")
	allowed = allowed[slices.IndexFunc(allowed, func(p string) bool { return strings.HasPrefix(p, "compute.disks.") }):][:1]
	other := slices.DeleteFunc(t.permissions("computeOperator"), func(p string) bool {
		return !strings.HasPrefix(p, "compute.disks.") || slices.Contains(t.permissions("computeViewer"), p)
	})[:1]
	body := obj{"principal": t.ref(account), "checks": t.checks(other[0], allowed[0])}
	results := client.Value{}
	t.eventually(quick, "honours the binding", func() bool {
		results = t.accepted(t.ask("/iam/v1beta1/checkAccess", body)).At("results")
		return results.At("1.allowed").Equal(true)
	})
	t.answersInOrder(results, []string{other[0], allowed[0]})
	t.same("allowed of "+other[0], results.At("0.allowed"), false)
}
