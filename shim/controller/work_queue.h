// A queue of keys of objects that are to be reconciled, for the workers of one
// controller.
//
// The queue holds a key at most once, and no two workers have the same key at a
// time: a key that is added while a worker has it is handed out again after
// Done. Keys are handed out by priority, then in the order in which they became
// due. The queue keeps nothing but keys, so a burst of events about an object
// costs one reconcile. Thread-safe.

#ifndef SHIM_CONTROLLER_WORK_QUEUE_H_
#define SHIM_CONTROLLER_WORK_QUEUE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

// The order in which due keys are handed out.
enum class Priority {
  kHigh,  // work that has begun, to be finished soon even if thousands wait
  kNormal,
  kLow,  // objects that are probably settled
};

// The work that a worker is handed: the key of an object, and the priority that
// it had in the queue.
struct ReconcileRequest {
  ObjectKey key;
  Priority priority = Priority::kNormal;
  friend bool operator==(const ReconcileRequest&,
                         const ReconcileRequest&) = default;
};

// Adds a key to a queue.
using Enqueue = std::function<void(const ObjectKey&, Priority)>;

class WorkQueue {
 public:
  // `clock` must outlive the queue.
  explicit WorkQueue(Clock& clock, const BackoffOptions& backoff = {})
      : clock_(clock), backoff_(backoff) {}

  // Makes the key due now, whatever delay it had. A key that is due already
  // gets the higher of the two priorities.
  void Add(const ObjectKey& key, Priority priority = Priority::kNormal);

  // Makes the key due after `delay`, unless it is due earlier.
  void AddAfter(const ObjectKey& key, absl::Duration delay);

  // As AddAfter, with a delay that grows with each call until Forget.
  void AddWithBackoff(const ObjectKey& key);

  // Resets the key's back-off. The key stays queued.
  void Forget(const ObjectKey& key);

  // Blocks until a key is due and hands it to the caller, which must call Done.
  // Returns nothing after Shutdown.
  std::optional<ReconcileRequest> Get();

  // Ends what Get began for this key.
  void Done(const ObjectKey& key);

  // From now on Get returns nothing, and Add has no effect.
  void Shutdown();

  struct Stats {
    size_t depth = 0;       // due and not handed out
    size_t delayed = 0;     // due later
    size_t processing = 0;  // handed out and not done
    uint64_t adds = 0;      // total of keys that became due
    uint64_t retries = 0;   // total of calls of AddWithBackoff
    uint64_t taken = 0;     // total of keys handed out
    absl::Duration waited;  // from due to handed out, sum over all taken
    absl::Duration longest_processing;  // of the keys not done yet
  };
  Stats stats() const;

 private:
  // A place in the queue; the lowest comes first.
  struct Rank {
    Priority priority = Priority::kNormal;
    uint64_t number = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };
  struct Due {
    absl::Time since;
    Rank rank;
  };

  void AddLocked(const ObjectKey& key, absl::Time since, Priority priority)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddAfterLocked(const ObjectKey& key, absl::Duration delay)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes keys due whose delay is over.
  void MoveDueLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Infinite future: no key is delayed.
  absl::Time NextDueLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  const BackoffOptions backoff_;

  mutable absl::Mutex mutex_;
  // The keys that are due.
  absl::flat_hash_map<ObjectKey, Due> dirty_ ABSL_GUARDED_BY(mutex_);
  // The due keys that no worker has.
  std::map<Rank, ObjectKey> queue_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // The keys that a worker has, and since when.
  absl::flat_hash_map<ObjectKey, absl::Time> processing_
      ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<ObjectKey, absl::Time> delayed_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, ObjectKey>> by_due_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<ObjectKey, int> failures_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t adds_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t retries_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration waited_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_WORK_QUEUE_H_
