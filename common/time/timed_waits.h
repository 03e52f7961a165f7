// Threads that wait for conditions until a deadline, by whatever clock the
// owner of this has: absl::Mutex itself waits by the calendar's time alone, so
// that a step back would prolong a wait by its length. Thread-safe.

#ifndef COMMON_TIME_TIMED_WAITS_H_
#define COMMON_TIME_TIMED_WAITS_H_

#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace evroc {

class TimedWaits {
 public:
  // Called under a lock with the time at which EndUntil is to be called next;
  // infinite: not before the next call of this.
  using OnNext = std::function<void(absl::Time)>;

  explicit TimedWaits(OnNext on_next = nullptr);

  // As Clock::AwaitWithDeadline; `now` tells the time.
  bool Await(absl::Mutex& mutex, const absl::Condition& condition,
             absl::Time deadline, const std::function<absl::Time()>& now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Ends the waits whose deadline is not after `now`. Their mutexes must not be
  // held.
  void EndUntil(absl::Time now);

  // Blocks until there is a deadline after `time`, and returns the first.
  absl::Time AwaitNextAfter(absl::Time time) const;
  // Blocks until `count` threads wait with a deadline after `time`.
  void AwaitCountAfter(absl::Time time, int count) const;

 private:
  struct Wait {
    absl::Mutex* mutex;
    bool expired = false;  // guarded by *mutex
    int waking = 0;        // guarded by TimedWaits::mutex_
  };

  absl::Time NextLocked(absl::Time time) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void SetNextLocked(absl::Time next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const OnNext on_next_;
  mutable absl::Mutex mutex_;
  std::multimap<absl::Time, Wait*> waits_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

}  // namespace evroc

#endif  // COMMON_TIME_TIMED_WAITS_H_
