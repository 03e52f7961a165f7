#include "shim/controller/work_queue.h"

#include <algorithm>

namespace evroc::shim {

void WorkQueue::Add(const ObjectKey& key, Priority priority) {
  absl::MutexLock lock(&mutex_);
  AddLocked(key, clock_.Now(), priority);
}

void WorkQueue::AddAfter(const ObjectKey& key, absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  AddAfterLocked(key, delay);
}

void WorkQueue::AddWithBackoff(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  ++retries_;
  AddAfterLocked(key, BackoffDelay(backoff_, ++failures_[key]));
}

void WorkQueue::Forget(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  failures_.erase(key);
}

void WorkQueue::AddLocked(const ObjectKey& key, absl::Time since,
                          Priority priority) {
  if (shut_down_) return;
  if (const auto delayed = delayed_.find(key); delayed != delayed_.end()) {
    by_due_.erase({delayed->second, key});
    delayed_.erase(delayed);
  }
  const Rank rank{.priority = priority, .number = ++last_number_};
  const auto [dirty, is_new] =
      dirty_.try_emplace(key, Due{.since = since, .rank = rank});
  if (is_new) {
    ++adds_;
  } else {
    if (priority >= dirty->second.rank.priority) return;
    queue_.erase(dirty->second.rank);
    dirty->second.rank = rank;
  }
  if (!processing_.contains(key)) queue_.emplace(rank, key);
}

void WorkQueue::AddAfterLocked(const ObjectKey& key, absl::Duration delay) {
  if (delay <= absl::ZeroDuration()) {
    return AddLocked(key, clock_.Now(), Priority::kNormal);
  }
  // A reconcile of a key that is due already decides again.
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
    AddLocked(key, due, Priority::kNormal);
  }
}

std::optional<ReconcileRequest> WorkQueue::Get() {
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
  ObjectKey key = std::move(queue_.extract(queue_.begin()).mapped());
  const absl::Time now = clock_.Now();
  const auto dirty = dirty_.find(key);
  waited_ += std::max(now - dirty->second.since, absl::ZeroDuration());
  ++taken_;
  processing_.emplace(key, now);
  const Priority priority = dirty->second.rank.priority;
  dirty_.erase(dirty);
  return ReconcileRequest{.key = std::move(key), .priority = priority};
}

void WorkQueue::Done(const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  if (processing_.erase(key) == 0) return;
  const auto dirty = dirty_.find(key);
  if (!shut_down_ && dirty != dirty_.end()) {
    queue_.emplace(dirty->second.rank, key);
  }
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
