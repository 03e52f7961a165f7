// Names of resources in role bindings and checks of access: fully qualified
// ids, in role bindings with "*" for words (evroc-api.md B.4, B.9.8). Pure
// functions.

#ifndef TESTS_EVROC_SIM_IAM_RESOURCE_NAME_H_
#define TESTS_EVROC_SIM_IAM_RESOURCE_NAME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::sim {

inline constexpr absl::string_view kProjects = "projects";
inline constexpr absl::string_view kOrganisations = "organizations";

// The project or the organisation that a resource belongs to, and that has role
// bindings.
struct IamScope {
  std::string collection;  // kProjects or kOrganisations
  std::string id;

  // "projects/p".
  std::string Path() const;
  friend auto operator<=>(const IamScope&, const IamScope&) = default;
};

// The scope of "/<service>/<collection>/<id>…"; 400 for anything else.
absl::StatusOr<IamScope> ScopeOf(absl::string_view resource);

// 400 unless a binding of `scope` may name these resources: those of a project
// are its own, those of an organisation its own or its projects'.
absl::Status CheckResourcePattern(absl::string_view pattern,
                                  const IamScope& scope);

// Whether the pattern, where "*" is any one word, is the resource.
bool Covers(absl::string_view pattern, absl::string_view resource);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_RESOURCE_NAME_H_
