// What Evroc's official provider has made in the fake cloud of a fake service,
// and whose it is now. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_OFFICIAL_OBJECTS_H_
#define SHIM_RPC_TESTING_FAKE_OFFICIAL_OBJECTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/take_over.pb.h"
#include "shim/rpc/network_service_client.h"

namespace evroc::shim {

class FakeOfficialObjects {
 public:
  using Object = common::v1::TakeOverObject;

  // Adds an object of the cluster or machine with that id, which is PROVEN to
  // be the previous owner's, or else NOT_PROVEN.
  void Leave(const std::string& owner_id, const std::string& kind,
             const std::string& id, Object::Verdict verdict = Object::PROVEN);
  // Whether the object is the new owner's.
  bool IsTaken(const std::string& owner_id, const std::string& id) const;

  // Sets what a plan for the owner with that id says.
  void Plan(const std::string& owner_id,
            const std::vector<std::string>& changes,
            const std::string& failure = "");
  // Fills `response` with that.
  template <typename Response>
  void FillPlan(const std::string& owner_id, Response& response) const {
    absl::MutexLock lock(&mutex_);
    const auto plan = plans_.find(owner_id);
    if (plan == plans_.end()) return;
    *response.mutable_changes() = {plan->second.changes.begin(),
                                   plan->second.changes.end()};
    response.set_failure(plan->second.failure);
  }

  // FAILED_PRECONDITION if something has the names of an owner with a resource
  // prefix, and is not the owner's.
  absl::Status CheckNames(const common::v1::Owner& owner) const;

  // As the services' TakeOver calls.
  absl::StatusOr<std::vector<Object>> TakeOver(const TakeOverInput& input,
                                               bool of_machine);

 private:
  mutable absl::Mutex mutex_;
  // By owner id: sorted by kind and id, PROVEN, NOT_PROVEN or TAKEN.
  std::map<std::string, std::vector<Object>> objects_ ABSL_GUARDED_BY(mutex_);
  struct Planned {
    std::vector<std::string> changes;
    std::string failure;
  };
  std::map<std::string, Planned> plans_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_OFFICIAL_OBJECTS_H_
