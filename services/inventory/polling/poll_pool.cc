#include "services/inventory/polling/poll_pool.h"

#include <algorithm>
#include <utility>

#include "glog/logging.h"

namespace evroc::cloud {

PollPool::PollPool(const Options& options, Clock& clock)
    : options_(options), clock_(clock) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

PollPool::~PollPool() {
  {
    absl::MutexLock lock(&mutex_);
    CHECK(entries_.empty()) << "tasks outlive their pool";
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool PollPool::TakeFollower() {
  absl::MutexLock lock(&mutex_);
  if (followers_ >= options_.followers) return false;
  ++followers_;
  return true;
}

void PollPool::ReturnFollower() {
  absl::MutexLock lock(&mutex_);
  --followers_;
}

int PollPool::AddTenant() {
  absl::MutexLock lock(&mutex_);
  tenants_[++last_id_] = {};
  return last_id_;
}

void PollPool::RemoveTenant(int tenant) {
  absl::MutexLock lock(&mutex_);
  tenants_.erase(tenant);
}

int PollPool::Add(int tenant, Task task) {
  absl::MutexLock lock(&mutex_);
  const int id = ++last_id_;
  entries_[id] = {.tenant = tenant,
                  .task = std::make_shared<Task>(std::move(task))};
  return id;
}

void PollPool::ScheduleLocked(int id, Entry& entry, absl::Time due) {
  if (!entry.running) queue_.erase({entry.due, id});
  entry.due = due;
  if (!entry.running && due != absl::InfiniteFuture()) {
    queue_.insert({due, id});
    ++changes_;
  }
}

void PollPool::Wake(int id, absl::Duration delay) {
  const absl::Time due = clock_.Now() + delay;
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || entry->second.due <= due) return;
  ScheduleLocked(id, entry->second, due);
}

void PollPool::Remove(int id) {
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  queue_.erase({entry->second.due, id});
  entry->second.removed = true;
  const auto is_idle = [](Entry* each) { return !each->running; };
  mutex_.Await(absl::Condition(+is_idle, &entry->second));
  entries_.erase(id);
}

int PollPool::RunningLocked(Record record) const {
  int running = 0;
  for (const auto& [id, tenant] : tenants_) {
    if (tenant.record == record) running += tenant.running;
  }
  return running;
}

bool PollPool::MayRunLocked(const Entry& entry) const {
  const auto tenant = tenants_.find(entry.tenant);
  if (tenant == tenants_.end() ||
      tenant->second.running >= options_.per_tenant) {
    return false;
  }
  if (entry.slow &&
      tenant->second.running_slow >= std::max(1, options_.per_tenant - 1)) {
    return false;
  }
  switch (const Record record = tenant->second.record) {
    case Record::kProven:
      return true;
    case Record::kUnproven:
      return RunningLocked(record) < options_.unproven;
    case Record::kSlow:
      return RunningLocked(record) < options_.slow;
  }
  return false;
}

std::optional<int> PollPool::TakeLocked() {
  while (!stopping_) {
    const absl::Time now = clock_.Now();
    auto next = queue_.begin();
    for (; next != queue_.end() && next->first <= now; ++next) {
      const int id = next->second;
      if (!MayRunLocked(entries_.at(id))) continue;
      queue_.erase(next);
      return id;
    }
    struct Change {
      PollPool& pool;
      uint64_t seen;
      bool IsThere() const {
        pool.mutex_.AssertReaderHeld();
        return pool.stopping_ || pool.changes_ != seen;
      }
    } change{*this, changes_};
    clock_.AwaitWithDeadline(
        mutex_, absl::Condition(&change, &Change::IsThere),
        next == queue_.end() ? absl::InfiniteFuture() : next->first);
  }
  return std::nullopt;
}

void PollPool::EndLocked(int id, Entry& entry, absl::Time began,
                         absl::Duration delay) {
  const absl::Time now = clock_.Now();
  const bool was_slow =
      std::exchange(entry.slow, now - began > options_.slow_after);
  const auto tenant = tenants_.find(entry.tenant);
  if (tenant != tenants_.end()) {
    --tenant->second.running;
    if (was_slow) --tenant->second.running_slow;
    tenant->second.record = entry.slow ? Record::kSlow : Record::kProven;
  }
  ++changes_;  // others may run now
  entry.running = false;
  if (entry.removed) return;
  // It may have been woken meanwhile.
  const absl::Time due = std::min(entry.due, now + delay);
  entry.due = absl::InfiniteFuture();
  ScheduleLocked(id, entry, due);
}

void PollPool::Work() {
  absl::MutexLock lock(&mutex_);
  while (const std::optional<int> id = TakeLocked()) {
    Entry& entry = entries_.at(*id);
    entry.running = true;
    entry.due = absl::InfiniteFuture();
    ++tenants_[entry.tenant].running;
    if (entry.slow) ++tenants_[entry.tenant].running_slow;
    const std::shared_ptr<Task> task = entry.task;
    const absl::Time began = clock_.Now();
    mutex_.Unlock();
    const absl::Duration delay = (*task)();
    mutex_.Lock();
    EndLocked(*id, entry, began, delay);
  }
}

}  // namespace evroc::cloud
