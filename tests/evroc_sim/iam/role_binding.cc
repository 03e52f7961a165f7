#include "tests/evroc_sim/iam/role_binding.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/iam/role.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

absl::Status CheckRole(const IamScope& scope, JsonView entry) {
  const absl::string_view name = entry["name"].String();
  const Role* const role = FindRole(name);
  if (role == nullptr) {
    return Invalid(absl::StrCat("spec.roles: Invalid value: \"", name,
                                "\" is not a role"));
  }
  if (role->of_organisation != (scope.collection == kOrganisations)) {
    return Invalid(absl::StrCat("spec.roles: Invalid value: ", role->name,
                                " is not a role of ", scope.collection));
  }
  const JsonView resources = entry["resources"];
  for (size_t i = 0; i < resources.size(); ++i) {
    EVROC_RETURN_IF_ERROR(CheckResourcePattern(resources[i].String(), scope));
  }
  return absl::OkStatus();
}

// `resources` without those that `already` has, after those.
Json Joined(JsonView already, JsonView resources) {
  Json joined(already);
  std::set<absl::string_view> known;
  for (size_t i = 0; i < already.size(); ++i) {
    known.insert(already[i].String());
  }
  for (size_t i = 0; i < resources.size(); ++i) {
    if (known.insert(resources[i].String()).second) {
      joined.Push(Json(resources[i]));
    }
  }
  return joined;
}

}  // namespace

absl::Status CheckRoleBinding(const IamScope& scope, absl::string_view id,
                              JsonView spec) {
  EVROC_ASSIGN_OR_RETURN(const std::string required,
                         RoleBindingIdOf(spec["principal"].String()));
  if (id != required) {
    return Invalid(absl::StrCat("metadata.id: Invalid value: \"",
                                id.substr(0, 300), "\": must be \"", required,
                                "\" for this principal"));
  }
  const JsonView roles = spec["roles"];
  if (roles.size() == 0) {
    return Invalid("spec.roles: must have at least one role");
  }
  std::set<absl::string_view> names;
  for (size_t i = 0; i < roles.size(); ++i) {
    EVROC_RETURN_IF_ERROR(CheckRole(scope, roles[i]));
    if (!names.insert(roles[i]["name"].String()).second) {
      return Invalid(absl::StrCat("spec.roles: Duplicate value: \"",
                                  roles[i]["name"].String(), "\""));
    }
  }
  return absl::OkStatus();
}

void AddRole(Json& spec, absl::string_view role, JsonView resources) {
  Json roles = Json::Array();
  bool found = false;
  for (size_t i = 0; i < spec["roles"].size(); ++i) {
    Json entry(spec["roles"][i]);
    if (entry["name"].String() == role) {
      found = true;
      const bool limited =
          entry["resources"].size() > 0 && resources.size() > 0;
      if (limited) {
        entry.Set("resources", Joined(entry["resources"], resources));
      } else {
        entry.Remove("resources");
      }
    }
    roles.Push(std::move(entry));
  }
  if (!found) {
    Json entry = Json::Object({{"name", role}});
    if (resources.size() > 0) entry.Set("resources", Json(resources));
    roles.Push(std::move(entry));
  }
  spec.Set("roles", std::move(roles));
}

bool RemoveRole(Json& spec, absl::string_view role) {
  Json roles = Json::Array();
  for (size_t i = 0; i < spec["roles"].size(); ++i) {
    const JsonView entry = spec["roles"][i];
    if (entry["name"].String() != role) roles.Push(Json(entry));
  }
  const bool removed = roles.view().size() < spec["roles"].size();
  spec.Set("roles", std::move(roles));
  return removed;
}

}  // namespace evroc::sim
