// IAM over REST: projects, organisations, role bindings, service accounts and
// their credentials, and access (evroc-api.md B.1, B.2.7, B.9.8). Its objects
// have no life cycle: writes and deletions take effect at once. Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_IAM_API_H_
#define TESTS_EVROC_SIM_REST_IAM_API_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/iam/access_control.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/iam/iam_store.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/rest/access_api.h"
#include "tests/evroc_sim/rest/iam_place.h"
#include "tests/evroc_sim/rest/rest_body.h"
#include "tests/evroc_sim/rest/role_assignments.h"
#include "tests/evroc_sim/rest/service_accounts.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class IamApi {
 public:
  // Both must outlive the API.
  IamApi(Accounts& accounts, Clock& clock)
      : clock_(clock),
        access_(store_),
        access_api_(store_, access_),
        assignments_(store_, clock),
        service_accounts_(store_, accounts, clock) {}

  const AccessControl& access() const { return access_; }

  // Answers a path that starts with "iam", "v1beta1". The caller may do what it
  // asks for.
  Response Handle(const Request& request, const Identity& identity,
                  const std::vector<std::string>& path,
                  const Settings& settings);

  // Stores an object as if it had been posted; does nothing if it exists.
  void Ensure(const std::string& collection, const std::string& id, Json spec);

  // Creates a service account with a credential that never expires; returns the
  // private key as a JWK.
  Json MakeServiceAccount(const std::string& project, const std::string& id);

  // Makes the principal owner of the organisation.
  void MakeOwner(const std::string& organisation, absl::string_view principal);

  // Rises with each change.
  int64_t version() const { return store_.version(); }
  // Returns the whole state; restores it.
  Json SaveState() const { return store_.SaveState(); }
  void LoadState(JsonView state) { store_.LoadState(state); }

 private:
  // A request to a place.
  struct Call {
    const Request& request;
    const Identity& identity;
    const Settings& settings;
    const IamPlace& place;
  };

  Response Answer(const Call& call);
  Response Act(const Call& call);
  Response List(const Call& call) const;
  absl::StatusOr<Json> Post(const Call& call);
  absl::StatusOr<Json> Patch(const Call& call);
  Response Delete(const IamPlace& place);

  absl::StatusOr<Json> Create(const IamPlace& collection, PostBody post);
  absl::Status CheckNew(const IamPlace& place, const PostBody& post) const;

  Clock& clock_;
  IamStore store_;
  AccessControl access_;
  AccessApi access_api_;
  RoleAssignments assignments_;
  ServiceAccounts service_accounts_;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_IAM_API_H_
