// What service accounts and their credentials mean for signing in: the effects
// of writes to them (evroc-api.md B.2.4, B.2.7). Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_SERVICE_ACCOUNTS_H_
#define TESTS_EVROC_SIM_REST_SERVICE_ACCOUNTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/iam/iam_store.h"
#include "tests/evroc_sim/rest/iam_place.h"

namespace evroc::sim {

class ServiceAccounts {
 public:
  // All must outlive this.
  ServiceAccounts(IamStore& store, Accounts& accounts, Clock& clock)
      : store_(store), accounts_(accounts), clock_(clock) {}

  // Completes a service account that is about to be stored, and lets it sign in
  // from now on if it is enabled.
  void Apply(const IamPlace& place, Json& account);

  // Whether a credential may be made: 404 without its account, 400 for a spec
  // that does not fit.
  absl::Status CheckCredential(const IamPlace& place, JsonView spec) const;
  // Makes the key of a credential that has been checked, and returns it as a
  // private JWK.
  Json IssueKey(const IamPlace& place, JsonView spec);
  // Makes the credential useless and returns it; a repeat changes nothing.
  absl::StatusOr<Json> Revoke(const IamPlace& place, absl::string_view body);

  // To be called with the path of each object of IAM that is deleted.
  void Forget(const IamPlace& place);

 private:
  IamStore& store_;
  Accounts& accounts_;
  Clock& clock_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_SERVICE_ACCOUNTS_H_
