#include "common/time/sleep.h"

#include <stop_token>

#include "absl/synchronization/mutex.h"

namespace evroc {

bool SleepFor(absl::Duration duration, const std::stop_token& cancel,
              Clock& clock) {
  absl::Mutex mutex;
  // A condition on a mutex is evaluated when the mutex is unlocked.
  const std::stop_callback wake(cancel,
                                [&mutex] { absl::MutexLock lock(&mutex); });
  absl::MutexLock lock(&mutex);
  return !clock.AwaitWithDeadline(
      mutex, absl::Condition(&cancel, &std::stop_token::stop_requested),
      clock.Now() + duration);
}

}  // namespace evroc
