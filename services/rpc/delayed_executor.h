// Runs work, delayed if requested, on a thread of its own. It is for ending an
// object from a thread that the object itself uses. Thread-safe.

#ifndef SERVICES_RPC_DELAYED_EXECUTOR_H_
#define SERVICES_RPC_DELAYED_EXECUTOR_H_

#include <functional>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc::cloud {

class DelayedExecutor {
 public:
  // `clock` must outlive the executor.
  explicit DelayedExecutor(Clock& clock)
      : clock_(clock), thread_([this] { Work(); }) {}
  // First runs all remaining work without delay.
  ~DelayedExecutor();

  // Work runs in the order of its due times.
  void Run(std::function<void()> work, absl::Duration delay = {});

  // Runs all work handed over so far, without delay, and returns once it is
  // done.
  void Drain();

 private:
  void Work();
  absl::Time NextDueLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  absl::Mutex mutex_;
  std::multimap<absl::Time, std::function<void()>> queue_
      ABSL_GUARDED_BY(mutex_);
  int draining_ ABSL_GUARDED_BY(mutex_) = 0;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_DELAYED_EXECUTOR_H_
