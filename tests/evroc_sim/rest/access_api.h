// Tells callers about roles and access: the roles, the caller's bindings, and
// whether it or another principal has permissions (evroc-api.md B.9.8).
// Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_ACCESS_API_H_
#define TESTS_EVROC_SIM_REST_ACCESS_API_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "tests/evroc_sim/iam/access_control.h"
#include "tests/evroc_sim/iam/iam_store.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class AccessApi {
 public:
  // Both must outlive the API.
  AccessApi(const IamStore& store, const AccessControl& access)
      : store_(store), access_(access) {}

  // Answers "roles", "me/roleBindings", "testPermissions" and "checkAccess",
  // the words of a path below "iam", "v1beta1"; no route for anything else.
  Response Handle(const Request& request, const Identity& caller,
                  const std::vector<std::string>& path,
                  const Settings& settings) const;

 private:
  Response BindingsOf(const Request& request, const Identity& caller,
                      const Settings& settings) const;
  Response TestPermissions(const Request& request,
                           const Identity& caller) const;
  Response CheckAccess(const Request& request) const;
  // The results of the checks in the body, in their order. 400 unless all are
  // about resources of one project or organisation.
  absl::StatusOr<Json> Results(
      JsonView body, absl::FunctionRef<bool(absl::string_view permission,
                                            absl::string_view resource)>
                         allows) const;

  const IamStore& store_;
  const AccessControl& access_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_ACCESS_API_H_
