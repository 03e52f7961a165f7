#include "common/time/testing/fake_clock.h"

#include <algorithm>
#include <vector>

namespace evroc {

absl::Time FakeClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

bool FakeClock::AwaitWithDeadline(absl::Mutex& mutex,
                                  const absl::Condition& condition,
                                  absl::Time deadline) {
  Waiter waiter{.mutex = &mutex, .deadline = deadline};
  {
    absl::MutexLock lock(&mutex_);
    if (deadline <= now_) return condition.Eval();
    waiters_.push_back(&waiter);
  }
  struct Wait {
    const absl::Condition& condition;
    Waiter& waiter;
    bool Done() const { return waiter.expired || condition.Eval(); }
  } wait{condition, waiter};
  mutex.Await(absl::Condition(&wait, &Wait::Done));
  const bool holds = condition.Eval();

  // Advance may be about to take `mutex` to set `expired`: let it finish.
  mutex.Unlock();
  {
    absl::MutexLock lock(&mutex_);
    waiters_.remove(&waiter);
    mutex_.Await(absl::Condition(
        +[](Waiter* w) { return w->waking == 0; }, &waiter));
  }
  mutex.Lock();
  return holds || condition.Eval();
}

void FakeClock::Advance(absl::Duration duration) {
  std::vector<Waiter*> due;
  {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
    for (Waiter* waiter : waiters_) {
      if (waiter->deadline > now_) continue;
      ++waiter->waking;
      due.push_back(waiter);
    }
  }
  for (Waiter* waiter : due) {
    {
      absl::MutexLock lock(waiter->mutex);
      waiter->expired = true;
    }
    absl::MutexLock lock(&mutex_);
    --waiter->waking;
  }
}

void FakeClock::AdvanceToNextDeadline() {
  absl::Time next;
  absl::Duration until_next;
  {
    absl::MutexLock lock(&mutex_);
    const auto is_known = [this, &next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      next = absl::InfiniteFuture();
      for (const Waiter* waiter : waiters_) {
        if (waiter->deadline > now_) next = std::min(next, waiter->deadline);
      }
      return next != absl::InfiniteFuture();
    };
    mutex_.Await(absl::Condition(&is_known));
    until_next = next - now_;
  }
  Advance(until_next);
}

void FakeClock::AwaitWaiters(int count) const {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    int waiting = 0;
    for (const Waiter* waiter : waiters_) waiting += waiter->deadline > now_;
    return waiting >= count;
  };
  mutex_.Await(absl::Condition(&enough));
}

}  // namespace evroc
