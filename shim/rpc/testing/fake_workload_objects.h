// What programs inside workload clusters left in the fake cloud of a fake
// service (DeleteClusterNetworkRequest.workload_identifier). Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_WORKLOAD_OBJECTS_H_
#define SHIM_RPC_TESTING_FAKE_WORKLOAD_OBJECTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc::shim {

class FakeWorkloadObjects {
 public:
  // Adds an object of that kind, "PublicIP", "Disk" or "HotswapDiskAttachment",
  // with that identifier.
  void Leave(const std::string& kind, const std::string& identifier);
  bool Has(const std::string& kind, const std::string& identifier) const;

  // Requests the deletion of the object, or deletes it at once (`instant`).
  // Returns what remains.
  std::vector<common::v1::RemainingObject> Delete(const std::string& kind,
                                                  const std::string& identifier,
                                                  bool instant);
  // Completes all requested deletions.
  void FinishDeletions();

 private:
  mutable absl::Mutex mutex_;
  // By kind and identifier: whether the deletion was requested.
  std::map<std::pair<std::string, std::string>, bool> deleting_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_WORKLOAD_OBJECTS_H_
