// What the official provider has left in a cloud in memory, for the fakes of
// both services. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_TAKE_OVER_H_
#define SHIM_RPC_TESTING_FAKE_TAKE_OVER_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/rpc/take_over_call.h"

namespace evroc::shim {

class FakeTakeOver {
 public:
  // Puts an object there. `resource_prefix`: of its owner.
  void Put(const std::string& resource_prefix, const std::string& kind,
           const std::string& id,
           common::v1::TakeOverObject::Verdict verdict =
               common::v1::TakeOverObject::PROVEN);
  // The objects of that owner, as they are now.
  TakeOverObjects Objects(const std::string& resource_prefix) const;

  // As the services' TakeOver… methods.
  TakeOverObjects Call(const TakeOverCall& call);
  // The number of calls that were to change something.
  int writes() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, TakeOverObjects> objects_ ABSL_GUARDED_BY(mutex_);
  int writes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_TAKE_OVER_H_
