#include "tests/evroc_sim/iam/access_control.h"

#include <algorithm>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/iam/authenticator.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/iam/role.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

absl::Status Foreign(const Settings& settings) {
  return settings.Choice("foreign_project") == "not_found"
             ? NotFound("project not found")
             : Forbidden("no access to the project");
}

absl::Status Denied(const AccessRequest& access, const Settings& settings) {
  const std::string debug = absl::StrCat(
      "missing permission ", access.permission, " on ", access.resource);
  return access.is_post &&
                 settings.Choice("post_without_permission") == "not_found"
             ? NotFound(debug)
             : Forbidden(debug);
}

}  // namespace

absl::Status AccessControl::Check(const Identity& caller,
                                  const AccessRequest& access,
                                  const Settings& settings) const {
  const absl::StatusOr<IamScope> scope = ScopeOf(access.resource);
  const bool foreign = scope.ok() && scope->collection == kProjects &&
                       !MayEnter(caller, scope->id) &&
                       !HasBindingIn(*scope, caller.principal);
  if (settings.Choice("roles") == "ignored" || caller.principal.empty()) {
    return foreign ? Foreign(settings) : absl::OkStatus();
  }
  const bool catalogue = !scope.ok();
  if (access.permission.empty() ||
      (catalogue && settings.Choice("catalogue") != "with_role") ||
      Allows(caller.principal, access.permission, access.resource)) {
    return absl::OkStatus();
  }
  return foreign ? Foreign(settings) : Denied(access, settings);
}

bool AccessControl::Allows(absl::string_view principal,
                           absl::string_view permission,
                           absl::string_view resource) const {
  const absl::StatusOr<std::string> id = RoleBindingIdOf(principal);
  if (!id.ok()) return false;
  const std::string named = store_.WithOrganisationName(resource);
  const absl::StatusOr<IamScope> scope = ScopeOf(named);
  for (const IamStore::Binding& binding : store_.BindingsOf(*id)) {
    // Global resources have no scope: a role anywhere is one for them.
    if (scope.ok() && !Reaches(binding.scope, *scope, permission)) continue;
    const JsonView roles = binding.object.At("spec.roles");
    for (size_t i = 0; i < roles.size(); ++i) {
      if (Gives(roles[i], permission, named)) return true;
    }
  }
  return false;
}

bool AccessControl::Gives(JsonView entry, absl::string_view permission,
                          absl::string_view resource) const {
  const Role* const role = FindRole(entry["name"].String());
  if (role == nullptr || !Grants(*role, permission)) return false;
  const JsonView limits = entry["resources"];
  for (size_t i = 0; i < limits.size(); ++i) {
    if (Covers(store_.WithOrganisationName(limits[i].String()), resource)) {
      return true;
    }
  }
  return limits.size() == 0;
}

bool AccessControl::Reaches(const IamScope& binding, const IamScope& resource,
                            absl::string_view permission) const {
  if (binding == resource) return true;
  if (binding.collection == resource.collection) return false;
  if (binding.collection == kOrganisations) {
    return store_.OrganisationOf(resource.id) == binding.id;
  }
  return permission == "quotas.orgQuotas.get" &&
         store_.OrganisationOf(binding.id) == resource.id;
}

bool AccessControl::HasBindingIn(const IamScope& scope,
                                 absl::string_view principal) const {
  const absl::StatusOr<std::string> id = RoleBindingIdOf(principal);
  return id.ok() &&
         store_.Get(absl::StrCat(scope.Path(), "/roleBindings/", *id)).ok();
}

}  // namespace evroc::sim
