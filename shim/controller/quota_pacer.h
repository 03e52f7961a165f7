// Paces the retries of objects that a used-up quota holds up: soon after one of
// our own deletions, which may have freed some, and slowly otherwise.
// Thread-safe.

#ifndef SHIM_CONTROLLER_QUOTA_PACER_H_
#define SHIM_CONTROLLER_QUOTA_PACER_H_

#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/controller/waiter_name.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class QuotaPacer {
 public:
  // Between tries after a deletion: the cloud frees quota 10 s and more after
  // the object is gone (evroc-api.md B.8.2).
  static constexpr absl::Duration kSoon = absl::Seconds(15);
  static constexpr int kSoonTries = 4;
  // The objects that one deletion wakes: it frees the quota of about one, and
  // each of them costs a call.
  static constexpr int kWoken = 4;

  // `interval`: between tries while nobody frees anything. `clock` must outlive
  // this.
  QuotaPacer(Clock& clock, absl::Duration interval)
      : clock_(clock), interval_(interval) {}

  // Notes that quota held up the object `name` of that cluster.
  // Returns the delay until it is to be tried again. `wake` enqueues it at
  // once; it is called without locks, and may outlive the object.
  absl::Duration Refused(const WaiterName& name, const ObjectKey& cluster,
                         std::function<void()> wake);

  // Notes that a deletion of the cluster has ended, which also helps those that
  // are refused soon after it. Wakes objects of the same
  // cluster first, then those that wait longest.
  void Freed(const ObjectKey& cluster);

 private:
  struct Waiter {
    ObjectKey cluster;
    std::function<void()> wake;
    absl::Time since;  // of its first refusal in a row
    absl::Time seen;   // of its last one
    int soon_tries = 0;
  };

  // Drops those that have not been refused for some time: they have got what
  // they need, or are gone.
  void DropStaleLocked(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  std::map<WaiterName, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  absl::Time freed_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_QUOTA_PACER_H_
