#include "common/time/sleep.h"

#include "absl/synchronization/mutex.h"

namespace evroc {

bool SleepFor(absl::Duration duration, const CancelToken& cancel,
              Clock& clock) {
  absl::Mutex mutex;
  // A condition on a mutex is looked at when somebody unlocks it.
  const CancelCallback wake(cancel, [&mutex] { absl::MutexLock lock(&mutex); });
  absl::MutexLock lock(&mutex);
  return !clock.AwaitWithDeadline(
      mutex, absl::Condition(&cancel, &CancelToken::cancelled),
      clock.Now() + duration);
}

}  // namespace evroc
