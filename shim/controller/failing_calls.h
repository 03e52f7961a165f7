// Remembers since when the calls for an object have failed. Thread-safe.

#ifndef SHIM_CONTROLLER_FAILING_CALLS_H_
#define SHIM_CONTROLLER_FAILING_CALLS_H_

#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "shim/controller/waiter_name.h"

namespace evroc::shim {

class FailingCalls {
 public:
  // Records a call that got no answer. Returns the time of the first of them in
  // a row.
  absl::Time Failed(const WaiterName& object, absl::Time now) {
    const absl::MutexLock lock(&mutex_);
    return since_.try_emplace(object, now).first->second;
  }
  // Records an answer, or that the object is gone.
  void Answered(const WaiterName& object) {
    const absl::MutexLock lock(&mutex_);
    since_.erase(object);
  }

 private:
  absl::Mutex mutex_;
  std::map<WaiterName, absl::Time> since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_FAILING_CALLS_H_
