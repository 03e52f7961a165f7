#include "services/inventory/poll_scheduler.h"

#include <algorithm>

#include "glog/logging.h"

namespace evroc::cloud {

PollScheduler::PollScheduler(int threads, Clock& clock) : clock_(clock) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

PollScheduler::~PollScheduler() {
  {
    absl::MutexLock lock(&mutex_);
    CHECK(entries_.empty()) << "tasks outlive their scheduler";
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

int PollScheduler::Add(Task task) {
  absl::MutexLock lock(&mutex_);
  const int id = ++last_id_;
  entries_[id].task = std::make_shared<Task>(std::move(task));
  return id;
}

void PollScheduler::ScheduleLocked(int id, Entry& entry, absl::Time due) {
  if (!entry.running) queue_.erase({entry.due, id});
  entry.due = due;
  if (!entry.running && due != absl::InfiniteFuture()) {
    queue_.insert({due, id});
  }
}

void PollScheduler::Wake(int id, absl::Duration delay) {
  const absl::Time due = clock_.Now() + delay;
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || entry->second.due <= due) return;
  ScheduleLocked(id, entry->second, due);
}

void PollScheduler::Remove(int id) {
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  queue_.erase({entry->second.due, id});
  entry->second.removed = true;
  const auto is_idle = [](Entry* each) { return !each->running; };
  mutex_.Await(absl::Condition(+is_idle, &entry->second));
  entries_.erase(id);
}

absl::Time PollScheduler::NextDueLocked() const {
  return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first;
}

void PollScheduler::Work() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    struct Change {
      PollScheduler& scheduler;
      absl::Time awaited;
      bool IsThere() const {
        scheduler.mutex_.AssertReaderHeld();
        return scheduler.stopping_ || scheduler.NextDueLocked() != awaited;
      }
    } change{*this, NextDueLocked()};
    if (!stopping_ && change.awaited > clock_.Now()) {
      clock_.AwaitWithDeadline(
          mutex_, absl::Condition(&change, &Change::IsThere), change.awaited);
    }
    if (stopping_) return;
    if (NextDueLocked() > clock_.Now()) continue;
    const int id = queue_.begin()->second;
    queue_.erase(queue_.begin());
    Entry& entry = entries_.at(id);
    entry.running = true;
    entry.due = absl::InfiniteFuture();
    const std::shared_ptr<Task> task = entry.task;
    mutex_.Unlock();
    const absl::Duration delay = (*task)();
    const absl::Time next = clock_.Now() + delay;
    mutex_.Lock();
    entry.running = false;
    if (entry.removed) continue;
    // It may have been woken meanwhile.
    const absl::Time due = std::min(entry.due, next);
    entry.due = absl::InfiniteFuture();
    ScheduleLocked(id, entry, due);
  }
}

}  // namespace evroc::cloud
