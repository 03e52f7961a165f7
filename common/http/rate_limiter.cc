#include "common/http/rate_limiter.h"

#include <algorithm>

#include "common/time/sleep.h"

namespace evroc {

RateLimiter::RateLimiter(const Rate& rate, Clock& clock)
    : rate_(rate), clock_(clock), next_(absl::InfinitePast()) {}

absl::StatusOr<absl::Duration> RateLimiter::Acquire(
    const CallContext& context) {
  const absl::Duration interval = absl::Seconds(1) / rate_.per_second;
  absl::Duration wait;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = clock_.Now();
    // Each call has its own slot; unused slots accumulate up to the burst.
    const absl::Time turn = std::max(next_, now - interval * (rate_.burst - 1));
    wait = std::max(absl::ZeroDuration(), turn - now);
    if (now + wait > context.deadline) {
      return absl::DeadlineExceededError(
          "the rate limit leaves no turn before the deadline");
    }
    next_ = turn + interval;
  }
  if (wait > absl::ZeroDuration() && !SleepFor(wait, context.cancel, clock_)) {
    return absl::CancelledError("cancelled while waiting for the rate limit");
  }
  return wait;
}

void RateLimiter::PauseFor(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  next_ = std::max(next_, clock_.Now() + std::min(duration, rate_.max_pause));
}

}  // namespace evroc
