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
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_OFFICIAL_OBJECTS_H_
