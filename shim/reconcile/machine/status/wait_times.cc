#include "shim/reconcile/machine/status/wait_times.h"

namespace evroc::shim {

absl::Duration WaitTimes::Waited(const ObjectKey& machine, absl::Time since,
                                 absl::Time now) {
  const absl::MutexLock lock(&mutex_);
  if (since == absl::InfinitePast()) {
    waits_.erase(machine);
    return absl::ZeroDuration();
  }
  Wait& wait = waits_.try_emplace(machine, Wait{since, now}).first->second;
  if (wait.since != since) wait = {since, now};
  return now - wait.seen;
}

void WaitTimes::Forget(const ObjectKey& machine) {
  const absl::MutexLock lock(&mutex_);
  waits_.erase(machine);
}

}  // namespace evroc::shim
