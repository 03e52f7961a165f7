// Wakes a thread out of a blocking call: hands out one token for each look, and
// cancels it when there is something new to look at. Thread-safe.

#ifndef SHIM_NODE_NODE_WAKE_H_
#define SHIM_NODE_NODE_WAKE_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/time/cancellation.h"

namespace evroc::shim {

class NodeWake {
 public:
  // A token that the next Wake() cancels. What happened before is not its
  // concern: look after having called this.
  CancelToken Next() {
    absl::MutexLock lock(&mutex_);
    source_ = CancelSource();
    return source_.token();
  }

  void Wake() {
    CancelSource source;
    {
      absl::MutexLock lock(&mutex_);
      source = source_;
    }
    source.Cancel();
  }

 private:
  absl::Mutex mutex_;
  CancelSource source_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_WAKE_H_
