// The rules of role bindings: one for each principal in a project or an
// organisation, with the roles of that scope (evroc-api.md B.9.8). Pure
// functions.

#ifndef TESTS_EVROC_SIM_IAM_ROLE_BINDING_H_
#define TESTS_EVROC_SIM_IAM_ROLE_BINDING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "tests/evroc_sim/iam/resource_name.h"

namespace evroc::sim {

// 400 unless the binding may be stored under that id: the id follows from the
// principal; roles and resources are of the scope, and no role is named twice.
absl::Status CheckRoleBinding(const IamScope& scope, absl::string_view id,
                              JsonView spec);

// Adds a role to the spec; the resources of a role that is there already grow
// by `resources`. A role without resources is one for all of the scope.
void AddRole(Json& spec, absl::string_view role, JsonView resources);
// False if the spec hasn't that role.
bool RemoveRole(Json& spec, absl::string_view role);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_ROLE_BINDING_H_
