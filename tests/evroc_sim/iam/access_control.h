// Decides what a caller may do: by the project of its account, or by the roles
// that its bindings give it (evroc-api.md B.9.8), as the setting `roles` says.
// Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_ACCESS_CONTROL_H_
#define TESTS_EVROC_SIM_IAM_ACCESS_CONTROL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/iam/iam_store.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/model/settings.h"

namespace evroc::sim {

// What a call needs.
struct AccessRequest {
  std::string permission;  // "compute.disks.create"; empty: none
  // The fully qualified id of the resource, whose last word is "*" for a list.
  std::string resource;
  bool is_post = false;
};

class AccessControl {
 public:
  // `store` must outlive this.
  explicit AccessControl(const IamStore& store) : store_(store) {}

  // 403 or 404, by the settings, unless the caller may do that.
  absl::Status Check(const Identity& caller, const AccessRequest& access,
                     const Settings& settings) const;

  // Whether a role of the principal has the permission on the resource: a role
  // in its project, or in the organisation of that. A role in a project also
  // reads the quotas of the project's organisation.
  bool Allows(absl::string_view principal, absl::string_view permission,
              absl::string_view resource) const;

 private:
  // Whether a role in `binding` is one for what `resource` has as its scope.
  bool Reaches(const IamScope& binding, const IamScope& resource,
               absl::string_view permission) const;
  // Whether the entry of a binding gives the permission on the resource.
  bool Gives(JsonView entry, absl::string_view permission,
             absl::string_view resource) const;
  bool HasBindingIn(const IamScope& scope, absl::string_view principal) const;

  const IamStore& store_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_ACCESS_CONTROL_H_
