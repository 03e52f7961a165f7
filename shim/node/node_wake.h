// Wakes a thread out of a blocking call: hands out one token for each look, and
// cancels it when there is something new to look at. Thread-safe.

#ifndef SHIM_NODE_NODE_WAKE_H_
#define SHIM_NODE_NODE_WAKE_H_

#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace evroc::shim {

class NodeWake {
 public:
  // A token that the next Wake() cancels. What happened before is not its
  // concern: look after having called this.
  std::stop_token Next() {
    absl::MutexLock lock(&mutex_);
    source_ = std::stop_source();
    return source_.get_token();
  }

  void Wake() {
    std::stop_source source;
    {
      absl::MutexLock lock(&mutex_);
      source = source_;
    }
    source.request_stop();
  }

 private:
  absl::Mutex mutex_;
  std::stop_source source_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_WAKE_H_
