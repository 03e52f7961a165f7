#include "services/rpc/delayed_executor.h"

#include <utility>

namespace evroc::cloud {

DelayedExecutor::~DelayedExecutor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void DelayedExecutor::Run(std::function<void()> work, absl::Duration delay) {
  const absl::Time due = clock_.Now() + delay;
  absl::MutexLock lock(&mutex_);
  queue_.emplace(due, std::move(work));
}

void DelayedExecutor::Drain() {
  absl::MutexLock lock(&mutex_);
  ++draining_;
  const auto is_idle = [this] {
    mutex_.AssertReaderHeld();
    return queue_.empty() && !busy_;
  };
  mutex_.Await(absl::Condition(&is_idle));
  --draining_;
}

absl::Time DelayedExecutor::NextDueLocked() const {
  if (queue_.empty()) return absl::InfiniteFuture();
  if (stopping_ || draining_ > 0) return absl::InfinitePast();
  return queue_.begin()->first;
}

void DelayedExecutor::Work() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    const absl::Time due = NextDueLocked();
    const auto is_other = [&] {
      mutex_.AssertReaderHeld();
      return stopping_ || NextDueLocked() != due;
    };
    if (due > clock_.Now() && !stopping_) {
      clock_.AwaitWithDeadline(mutex_, absl::Condition(&is_other), due);
      continue;
    }
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    busy_ = true;
    mutex_.Unlock();
    work();
    work = nullptr;
    mutex_.Lock();
    busy_ = false;
  }
}

}  // namespace evroc::cloud
