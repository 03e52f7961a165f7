// A Clock that stops until a test advances it. Thread-safe.

#ifndef COMMON_TIME_TESTING_FAKE_CLOCK_H_
#define COMMON_TIME_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "common/time/timed_waits.h"

namespace evroc {

class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'800'000'000))
      : now_(now) {}

  absl::Time Now() const override;
  absl::Time WallNow() const override;
  bool AwaitWithDeadline(absl::Mutex& mutex, const absl::Condition& condition,
                         absl::Time deadline) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // Moves time forward and wakes waiters whose deadline has passed.
  void Advance(absl::Duration duration);

  // Sets the calendar forward or, with a negative duration, back, as somebody
  // does who sets the machine's clock.
  void SetWallBy(absl::Duration duration);

  // Blocks until a thread waits on this clock with a finite deadline that has
  // not passed, and moves time to the first such deadline. A thread that is at
  // work meanwhile loses no time, as it would where a test advances in a loop.
  void AdvanceToNextDeadline();

  // Blocks until `count` threads wait on this clock with a deadline that has
  // not passed, so that Advance reaches them.
  void AwaitWaiters(int count) const;

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration wall_ahead_ ABSL_GUARDED_BY(mutex_);
  TimedWaits waits_;
};

}  // namespace evroc

#endif  // COMMON_TIME_TESTING_FAKE_CLOCK_H_
