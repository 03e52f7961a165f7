#include "services/rpc/reaper.h"

#include <utility>

namespace evroc::cloud {

Reaper::~Reaper() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Reaper::Run(std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(work));
}

void Reaper::Drain() {
  absl::MutexLock lock(&mutex_);
  const auto is_idle = [this] {
    mutex_.AssertReaderHeld();
    return queue_.empty() && !busy_;
  };
  mutex_.Await(absl::Condition(&is_idle));
}

void Reaper::Work() {
  absl::MutexLock lock(&mutex_);
  const auto has_work = [this] {
    mutex_.AssertReaderHeld();
    return stopping_ || !queue_.empty();
  };
  while (true) {
    mutex_.Await(absl::Condition(&has_work));
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    mutex_.Unlock();
    work();
    work = nullptr;
    mutex_.Lock();
    busy_ = false;
  }
}

}  // namespace evroc::cloud
