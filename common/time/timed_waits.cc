#include "common/time/timed_waits.h"

#include <iterator>
#include <utility>
#include <vector>

namespace evroc {

TimedWaits::TimedWaits(OnNext on_next) : on_next_(std::move(on_next)) {}

void TimedWaits::SetNextLocked(absl::Time next) {
  next_ = next;
  if (on_next_ != nullptr) on_next_(next);
}

bool TimedWaits::Await(absl::Mutex& mutex, const absl::Condition& condition,
                       absl::Time deadline,
                       const std::function<absl::Time()>& now) {
  Wait wait{.mutex = &mutex};
  std::multimap<absl::Time, Wait*>::iterator place;
  {
    absl::MutexLock lock(&mutex_);
    place = waits_.emplace(deadline, &wait);
    if (deadline < next_) SetNextLocked(deadline);
  }
  // A deadline that passed before the wait was entered ends no wait any more.
  wait.expired = deadline <= now();
  struct Over {
    const absl::Condition& condition;
    Wait& wait;
    bool Holds() const { return wait.expired || condition.Eval(); }
  } over{condition, wait};
  mutex.Await(absl::Condition(&over, &Over::Holds));
  const bool holds = condition.Eval();

  // EndUntil may be about to take `mutex` to set `expired`: let it finish.
  mutex.Unlock();
  {
    absl::MutexLock lock(&mutex_);
    waits_.erase(place);
    mutex_.Await(absl::Condition(
        +[](Wait* each) { return each->waking == 0; }, &wait));
  }
  mutex.Lock();
  return holds || condition.Eval();
}

void TimedWaits::EndUntil(absl::Time now) {
  std::vector<Wait*> due;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [deadline, wait] : waits_) {
      if (deadline > now) break;
      ++wait->waking;
      due.push_back(wait);
    }
  }
  for (Wait* wait : due) {
    {
      absl::MutexLock lock(wait->mutex);
      wait->expired = true;
    }
    absl::MutexLock lock(&mutex_);
    --wait->waking;
  }
  absl::MutexLock lock(&mutex_);
  SetNextLocked(NextLocked(now));
}

absl::Time TimedWaits::NextLocked(absl::Time time) const {
  const auto next = waits_.upper_bound(time);
  return next == waits_.end() ? absl::InfiniteFuture() : next->first;
}

absl::Time TimedWaits::AwaitNextAfter(absl::Time time) const {
  absl::MutexLock lock(&mutex_);
  const auto is_there = [this, time]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return NextLocked(time) != absl::InfiniteFuture();
  };
  mutex_.Await(absl::Condition(&is_there));
  return NextLocked(time);
}

void TimedWaits::AwaitCountAfter(absl::Time time, int count) const {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, time, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return std::distance(waits_.upper_bound(time), waits_.end()) >= count;
  };
  mutex_.Await(absl::Condition(&enough));
}

}  // namespace evroc
