// Principals, which role bindings give roles to: users and service accounts,
// named by their fully qualified ids (evroc-api.md B.4, B.9.8). Pure functions.

#ifndef TESTS_EVROC_SIM_IAM_PRINCIPAL_H_
#define TESTS_EVROC_SIM_IAM_PRINCIPAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::sim {

// "/iam/users/<uuid>" and "/iam/projects/<project>/serviceAccounts/<id>".
std::string UserPrincipal(absl::string_view uuid);
std::string ServiceAccountPrincipal(absl::string_view project,
                                    absl::string_view id);

// The id that IAM requires of the principal's role bindings: "u-<uuid>" or
// "sa-<project>.<id>". 400 unless the principal is a user or a service account.
absl::StatusOr<std::string> RoleBindingIdOf(absl::string_view principal);

// Whether the text has the form of a UUID.
bool IsUuid(absl::string_view text);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_PRINCIPAL_H_
