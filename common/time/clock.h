// The only source of time: one that measures, and the calendar's.
//
// Code that reads the time or waits takes a Clock, so that its tests run on a
// FakeClock and never sleep. Thread-safe.

#ifndef COMMON_TIME_CLOCK_H_
#define COMMON_TIME_CLOCK_H_

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace evroc {

class Clock {
 public:
  virtual ~Clock() = default;

  // For deadlines, intervals, ages and leases: never goes back and never jumps,
  // also when somebody sets the machine's clock. Close to the calendar's time,
  // but means nothing outside of this process.
  virtual absl::Time Now() const = 0;

  // What the calendar says, which may jump in both directions: for times that
  // others read or have written, and for nothing else (tests/house lists who
  // may call it).
  virtual absl::Time WallNow() const = 0;

  // Blocks until `condition` holds or `deadline`, by Now(), has passed; returns
  // whether `condition` holds. The caller holds `mutex`, which guards the state
  // that `condition` reads; it is released while waiting.
  virtual bool AwaitWithDeadline(absl::Mutex& mutex,
                                 const absl::Condition& condition,
                                 absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) = 0;

  // The machine's clock. Never destroyed.
  static Clock& Real();
};

// The calendar's side of a Clock, for code that stamps what it writes: with it
// nothing can be waited for. A value.
class WallClock {
 public:
  // `clock` must outlive this.
  WallClock(const Clock& clock)  // NOLINT(google-explicit-constructor): a view
      : clock_(&clock) {}

  absl::Time Now() const { return clock_->WallNow(); }

 private:
  const Clock* clock_;
};

// The time by `clock` at which the calendar says `wall`, if nobody sets it.
inline absl::Time FromWall(const Clock& clock, absl::Time wall) {
  return clock.Now() + (wall - clock.WallNow());
}
// What the calendar says at `time` by `clock`, if nobody sets it.
inline absl::Time ToWall(const Clock& clock, absl::Time time) {
  return clock.WallNow() + (time - clock.Now());
}

}  // namespace evroc

#endif  // COMMON_TIME_CLOCK_H_
