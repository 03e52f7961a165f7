// IAM objects over REST: projects, organisations, permission sets, service
// accounts and their credentials (evroc-api.md B.1, B.2.7). They have no life
// cycle: writes and deletions take effect at once. Thread-safe.

#ifndef TESTS_EVROC_SIM_REST_IAM_API_H_
#define TESTS_EVROC_SIM_REST_IAM_API_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class IamApi {
 public:
  // Both must outlive the API.
  IamApi(Accounts& accounts, Clock& clock)
      : accounts_(accounts), clock_(clock) {}

  // Answers a path that starts with "iam", "v1beta1".
  Response Handle(const Request& request, const Identity& identity,
                  const std::vector<std::string>& path);

  // Stores an object as if it had been posted; does nothing if it exists.
  void Ensure(const std::string& collection, const std::string& id, Json spec);

  // Creates a service account with a credential; returns the private key as a
  // JWK.
  Json MakeServiceAccount(const std::string& project, const std::string& id);

  // Returns the whole state; restores it.
  Json SaveState() const;
  void LoadState(JsonView state);

 private:
  // The kind of collection at a path.
  struct Shape {
    const char* route;  // with placeholders
    const char* kind;
    const char* verbs;  // "GET POST …"
  };
  // The address of a collection or of an object in it.
  struct Place {
    const Shape* shape = nullptr;
    std::string collection;  // "projects/p/serviceAccounts"
    std::string id;          // empty: the collection
  };

  static Place PlaceOf(const std::vector<std::string>& path);
  Response List(const Place& place) const;
  Response Get(const Place& place) const;
  Response Post(const Request& request, const Place& place);
  Response Patch(const Request& request, const Place& place);
  Response Delete(const Place& place);
  Response Revoke(const std::vector<std::string>& path);

  Json NewObject(const Place& place, JsonView body) const;
  // Applies a write's effects on accounts and keys. Returns the answer to a
  // POST.
  absl::StatusOr<Json> Follow(const Place& place, Json& object);
  absl::StatusOr<Json> IssueCredential(const Place& place, Json& object);
  void Forget(const Place& place);

  Accounts& accounts_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  // By collection and id: "projects/p/serviceAccounts/sa".
  std::map<std::string, Json> objects_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_IAM_API_H_
