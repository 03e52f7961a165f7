#include "common/time/testing/fake_clock.h"

namespace evroc {

absl::Time FakeClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

absl::Time FakeClock::WallNow() const {
  absl::MutexLock lock(&mutex_);
  return now_ + wall_ahead_;
}

bool FakeClock::AwaitWithDeadline(absl::Mutex& mutex,
                                  const absl::Condition& condition,
                                  absl::Time deadline) {
  if (deadline <= Now()) return condition.Eval();
  return waits_.Await(mutex, condition, deadline, [this] { return Now(); });
}

void FakeClock::Advance(absl::Duration duration) {
  absl::Time now;
  {
    absl::MutexLock lock(&mutex_);
    now = now_ += duration;
  }
  waits_.EndUntil(now);
}

void FakeClock::SetWallBy(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  wall_ahead_ += duration;
}

void FakeClock::AdvanceToNextDeadline() {
  const absl::Time now = Now();
  Advance(waits_.AwaitNextAfter(now) - now);
}

void FakeClock::AwaitWaiters(int count) const {
  waits_.AwaitCountAfter(Now(), count);
}

}  // namespace evroc
