// Keeps the calls of one credential below a rate, and pauses all of them when
// the server asks for it. A token bucket that serves waiters first come, first
// served. Thread-safe.

#ifndef COMMON_HTTP_RATE_LIMITER_H_
#define COMMON_HTTP_RATE_LIMITER_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"

namespace evroc {

class RateLimiter {
 public:
  struct Rate {
    double per_second = 20;
    double burst = 40;
    // Upper limit of a pause, so that one odd answer does not stop all calls
    // for a day.
    absl::Duration max_pause = absl::Minutes(10);
  };

  // `clock` must outlive the limiter.
  RateLimiter(const Rate& rate, Clock& clock);

  // Waits until a call may be made; returns how long that took. CANCELLED, or
  // DEADLINE_EXCEEDED at once if the slot is after the deadline.
  absl::StatusOr<absl::Duration> Acquire(const CallContext& context);

  // Blocks all calls for `duration`, at most Rate::max_pause.
  void PauseFor(absl::Duration duration);

 private:
  const Rate rate_;
  Clock& clock_;
  absl::Mutex mutex_;
  // When the next call may be made once the burst is used up.
  absl::Time next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc

#endif  // COMMON_HTTP_RATE_LIMITER_H_
