// Which objects are to be looked at again: a queue of keys for the workers of
// one kind of object.
//
// A key is in the queue at most once, and no two workers have the same key at a
// time: what is added while a worker has it comes up again when that worker is
// done. Keys come by their priority, within it in the order in which they
// became due. Nothing but the key is kept, so a burst of events costs one look.
//
// Thread-safe.

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

// When a key comes up among others that are due.
enum class Priority {
  kHigh,  // what was begun: it is done soon also where thousands wait
  kNormal,
  kLow,  // what most likely has nothing to do: behind everything that may have
};

// Adds a key to a queue.
using Enqueue = std::function<void(const ObjectKey&, Priority)>;

class WorkQueue {
 public:
  // `clock` must outlive the queue.
  explicit WorkQueue(Clock& clock, const BackoffOptions& backoff = {})
      : clock_(clock), backoff_(backoff) {}

  // The key is due now. A delay that it was waiting for is over. If it was due
  // already, the better one of the two turns is its.
  void Add(const ObjectKey& key, Priority priority = Priority::kNormal);

  // The key is due after `delay`, or earlier if it was going to be.
  void AddAfter(const ObjectKey& key, absl::Duration delay);

  // As AddAfter, with a delay that grows each time until Forget.
  void AddWithBackoff(const ObjectKey& key);

  // The key's next back-off is the shortest again. It stays queued.
  void Forget(const ObjectKey& key);

  // Blocks until a key is due, and hands it to the caller, who must call Done.
  // Nothing after Shutdown.
  std::optional<ObjectKey> Get();

  // With which priority the caller of Get was handed this key.
  Priority PriorityOf(const ObjectKey& key) const;

  // The caller of Get has finished with this key.
  void Done(const ObjectKey& key);

  // Get answers nothing from now on, and nothing can be added.
  void Shutdown();

  struct Stats {
    size_t depth = 0;       // due, no worker yet
    size_t delayed = 0;     // due later
    size_t processing = 0;  // with a worker
    uint64_t adds = 0;      // became due, in all
    uint64_t retries = 0;   // AddWithBackoff, in all
    uint64_t taken = 0;     // handed out, in all
    absl::Duration waited;  // from due to handed out, sum over all taken
    absl::Duration longest_processing;  // of those with a worker now
  };
  Stats stats() const;

 private:
  // A place in the queue: lower ones come first.
  struct Rank {
    Priority priority = Priority::kNormal;
    uint64_t number = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };
  struct Due {
    absl::Time since;
    Rank rank;
  };
  struct Taken {
    absl::Time since;
    Priority priority = Priority::kNormal;
  };

  void AddLocked(const ObjectKey& key, absl::Time since, Priority priority)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddAfterLocked(const ObjectKey& key, absl::Duration delay)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Delays that are over.
  void MoveDueLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Infinite future: no key is delayed.
  absl::Time NextDueLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  const BackoffOptions backoff_;

  mutable absl::Mutex mutex_;
  // The keys that are to be handed out.
  absl::flat_hash_map<ObjectKey, Due> dirty_ ABSL_GUARDED_BY(mutex_);
  // Those of them that no worker has.
  std::map<Rank, ObjectKey> queue_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // With a worker.
  absl::flat_hash_map<ObjectKey, Taken> processing_ ABSL_GUARDED_BY(mutex_);
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
