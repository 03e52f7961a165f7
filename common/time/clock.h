// The only source of time: wall clock and timed waiting.
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

  virtual absl::Time Now() const = 0;

  // Blocks until `condition` holds or `deadline`, by this clock, has passed;
  // returns whether `condition` holds. The caller holds `mutex`, which guards
  // the state that `condition` reads; it is released while waiting.
  virtual bool AwaitWithDeadline(absl::Mutex& mutex,
                                 const absl::Condition& condition,
                                 absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) = 0;

  // The machine's clock. Never destroyed.
  static Clock& Real();
};

}  // namespace evroc

#endif  // COMMON_TIME_CLOCK_H_
