// Keeps the calls of one credential below a rate, and holds all of them back
// when the server asks for a pause. A token bucket; waiters are served in the
// order in which they came. Thread-safe.

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
    // Whatever a server asks for: after so long somebody asks it again, so that
    // one odd answer does not stop everything for a day.
    absl::Duration max_pause = absl::Minutes(10);
  };

  // `clock` must outlive the limiter.
  RateLimiter(const Rate& rate, Clock& clock);

  // Waits until a call may be made; returns how long that took. CANCELLED, or
  // DEADLINE_EXCEEDED at once if the turn would come after the deadline.
  absl::StatusOr<absl::Duration> Acquire(const CallContext& context);

  // No call is made for so long, at most Rate::max_pause.
  void PauseFor(absl::Duration duration);

 private:
  const Rate rate_;
  Clock& clock_;
  absl::Mutex mutex_;
  // When the next call may be made if the burst is used up.
  absl::Time next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc

#endif  // COMMON_HTTP_RATE_LIMITER_H_
