// Measures for how long each machine has been seen to wait for the same thing.
// The cloud says since when by its own clock, which may differ from ours by any
// time (ADR 30), so what counts is our own clock since the first look: a
// restart begins again. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_STATUS_WAIT_TIMES_H_
#define SHIM_RECONCILE_MACHINE_STATUS_WAIT_TIMES_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class WaitTimes {
 public:
  // Notes that the machine waits since that time of the cloud, and returns for
  // how long it has been seen to. The infinite past: it does not wait.
  absl::Duration Waited(const ObjectKey& machine, absl::Time since,
                        absl::Time now);

  // Drops what is known of a machine that is gone.
  void Forget(const ObjectKey& machine);

 private:
  struct Wait {
    absl::Time since;  // as the cloud says
    absl::Time seen;   // first, by our clock
  };

  absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, Wait> waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_STATUS_WAIT_TIMES_H_
