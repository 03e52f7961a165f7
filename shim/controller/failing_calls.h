// Remembers since when the calls for an object have failed. Thread-safe.

#ifndef SHIM_CONTROLLER_FAILING_CALLS_H_
#define SHIM_CONTROLLER_FAILING_CALLS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace evroc::shim {

class FailingCalls {
 public:
  // Records a call that got no answer. Returns the time of the first of them in
  // a row.
  absl::Time Failed(const std::string& object, absl::Time now) {
    const absl::MutexLock lock(&mutex_);
    return since_.try_emplace(object, now).first->second;
  }
  // Records an answer, or that the object is gone.
  void Answered(const std::string& object) {
    const absl::MutexLock lock(&mutex_);
    since_.erase(object);
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, absl::Time> since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_FAILING_CALLS_H_
