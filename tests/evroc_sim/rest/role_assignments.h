// Gives principals roles and takes them away: the actions `assign` and `revoke`
// of role bindings (evroc-api.md B.9.8). Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_ROLE_ASSIGNMENTS_H_
#define TESTS_EVROC_SIM_REST_ROLE_ASSIGNMENTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/iam/iam_store.h"
#include "tests/evroc_sim/rest/iam_place.h"

namespace evroc::sim {

class RoleAssignments {
 public:
  // Both must outlive this.
  RoleAssignments(IamStore& store, Clock& clock)
      : store_(store), clock_(clock) {}

  // The body is {principal, role, resources}; creates or extends the binding of
  // the principal at `place`, a collection of bindings, and returns it.
  absl::StatusOr<Json> Assign(const IamPlace& place, absl::string_view body);

  // The body is {principal, role}; shrinks the binding and returns it. With its
  // last role the binding is gone, and is returned as it was. 404 if the
  // principal hasn't the role.
  absl::StatusOr<Json> Revoke(const IamPlace& place, absl::string_view body);

 private:
  IamStore& store_;
  Clock& clock_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_ROLE_ASSIGNMENTS_H_
