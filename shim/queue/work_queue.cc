#include "shim/queue/work_queue.h"

#include <algorithm>

namespace evroc::shim {

void WorkQueue::Add(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  AddLocked(key, clock_.Now());
}

void WorkQueue::AddAfter(const ObjectKey& key, absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  AddAfterLocked(key, delay);
}

void WorkQueue::AddWithBackoff(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  ++retries_;
  AddAfterLocked(key, BackoffDelay(backoff_, ++failures_[key], random_));
}

void WorkQueue::Forget(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  failures_.erase(key);
}

void WorkQueue::AddLocked(const ObjectKey& key, absl::Time due) {
  if (shut_down_) return;
  if (const auto delayed = delayed_.find(key); delayed != delayed_.end()) {
    by_due_.erase({delayed->second, key});
    delayed_.erase(delayed);
  }
  if (!dirty_.emplace(key, due).second) return;
  ++adds_;
  if (!processing_.contains(key)) queue_.push_back(key);
}

void WorkQueue::AddAfterLocked(const ObjectKey& key, absl::Duration delay) {
  if (delay <= absl::ZeroDuration()) return AddLocked(key, clock_.Now());
  // A key that is due already decides anew when it is looked at.
  if (shut_down_ || dirty_.contains(key)) return;
  const absl::Time due = clock_.Now() + delay;
  const auto [delayed, is_new] = delayed_.emplace(key, due);
  if (!is_new) {
    if (delayed->second <= due) return;
    by_due_.erase({delayed->second, key});
    delayed->second = due;
  }
  by_due_.emplace(due, key);
}

absl::Time WorkQueue::NextDueLocked() const {
  return by_due_.empty() ? absl::InfiniteFuture() : by_due_.begin()->first;
}

void WorkQueue::MoveDueLocked() {
  const absl::Time now = clock_.Now();
  while (NextDueLocked() <= now) {
    const auto [due, key] = *by_due_.begin();
    AddLocked(key, due);
  }
}

std::optional<ObjectKey> WorkQueue::Get() {
  absl::MutexLock lock(&mutex_);
  while (!shut_down_) {
    MoveDueLocked();
    if (!queue_.empty()) break;
    const absl::Time next = NextDueLocked();
    const auto changed = [this, next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return shut_down_ || !queue_.empty() || NextDueLocked() < next;
    };
    clock_.AwaitWithDeadline(mutex_, absl::Condition(&changed), next);
  }
  if (shut_down_) return std::nullopt;
  ObjectKey key = std::move(queue_.front());
  queue_.pop_front();
  const absl::Time now = clock_.Now();
  const auto dirty = dirty_.find(key);
  waited_ += std::max(now - dirty->second, absl::ZeroDuration());
  ++taken_;
  dirty_.erase(dirty);
  processing_.emplace(key, now);
  return key;
}

void WorkQueue::Done(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  if (processing_.erase(key) == 0) return;
  if (!shut_down_ && dirty_.contains(key)) queue_.push_back(key);
}

void WorkQueue::Shutdown() {
  absl::MutexLock lock(&mutex_);
  shut_down_ = true;
}

WorkQueue::Stats WorkQueue::stats() const {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  Stats stats{.depth = dirty_.size(),
              .delayed = delayed_.size(),
              .processing = processing_.size(),
              .adds = adds_,
              .retries = retries_,
              .taken = taken_,
              .waited = waited_};
  for (const auto& [key, since] : processing_) {
    stats.longest_processing = std::max(stats.longest_processing, now - since);
  }
  return stats;
}

}  // namespace evroc::shim
