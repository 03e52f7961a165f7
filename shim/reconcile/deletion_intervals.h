// Says how often a deletion that waits looks at the cloud again.
//
// No event comes when something without our labels, or somebody else, stops to
// block a deletion, and a look for that costs lists of everything (ADR 27),
// maybe for days. So the pauses grow for as long as nothing changes. Forgotten
// with the process: it begins again. Thread-safe.

#ifndef SHIM_RECONCILE_DELETION_INTERVALS_H_
#define SHIM_RECONCILE_DELETION_INTERVALS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class DeletionIntervals {
 public:
  static constexpr absl::Duration kShortest = absl::Seconds(20);
  static constexpr absl::Duration kLongest = absl::Minutes(5);

  // `clock` must outlive it.
  explicit DeletionIntervals(Clock& clock) : clock_(clock) {}

  // Returns after what time to look again at an object of whose deletion that
  // is `left`: the time for which the same has been left, within the two
  // bounds.
  absl::Duration Next(const ObjectKey& object, const std::string& left);

  // Forgets an object that is gone.
  void Forget(const ObjectKey& object);

 private:
  struct Seen {
    std::string left;
    absl::Time since;
  };

  Clock& clock_;
  absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, Seen> seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_DELETION_INTERVALS_H_
