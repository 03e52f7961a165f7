// The roles of the platform and the permissions of each (evroc-api.md B.9.8).
//
// The reference has the roles' names; their permissions are a guess by the
// names: viewers get and list, operators do everything to the objects of their
// service. Constant data.

#ifndef TESTS_EVROC_SIM_IAM_ROLE_H_
#define TESTS_EVROC_SIM_IAM_ROLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::sim {

struct Role {
  std::string name;  // "computeViewer"
  std::string description;
  bool of_organisation = false;  // its scope; otherwise a project
  // "service.resource.action" with "*" for any one of the three.
  std::vector<std::string> grants;
};

const std::vector<Role>& AllRoles();

// "/iam/roles/computeViewer".
std::string RoleFqid(absl::string_view name);
// Null unless it is the fully qualified id of a role.
const Role* FindRole(absl::string_view fqid);

// 400 unless the text has the form "service.resource.action".
absl::Status CheckPermission(absl::string_view permission);

// Whether the role has the permission.
bool Grants(const Role& role, absl::string_view permission);

// All permissions of the role, in full.
std::vector<std::string> PermissionsOf(const Role& role);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_ROLE_H_
