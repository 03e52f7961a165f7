#include "services/watch/change_log.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace evroc::cloud {

void ChangeLog::MoveToEndLocked(Entries::iterator entry) {
  order_.erase(entry->second.sequence);
  deleted_.erase(entry->second.sequence);
  entry->second.sequence = ++last_;
  order_.emplace(last_, entry);
  if (entry->second.deleted) deleted_.emplace(last_, entry);
}

void ChangeLog::ForgetSomeLocked() {
  while (deleted_.size() > max_deleted_) {
    const auto oldest = deleted_.begin();
    forgotten_ = oldest->first;
    order_.erase(oldest->first);
    entries_.erase(oldest->second);
    deleted_.erase(oldest);
  }
}

void ChangeLog::Put(const OwnerKey& owner, std::string resource) {
  {
    absl::MutexLock lock(&mutex_);
    const auto [it, is_new] = entries_.try_emplace(owner);
    Entry& entry = it->second;
    if (!is_new && !entry.deleted && *entry.resource == resource) return;
    StoreLocked(it, std::move(resource));
  }
  WakeAll();
}

void ChangeLog::PutEarly(const OwnerKey& owner, std::string resource) {
  {
    absl::MutexLock lock(&mutex_);
    if (synced_) return;
    const auto [it, is_new] = entries_.try_emplace(owner);
    Entry& entry = it->second;
    const bool is_told = entry.early && entry.sequence > stale_ &&
                         !entry.deleted && *entry.resource == resource;
    if (is_told) return;
    entry.early = true;
    StoreLocked(it, std::move(resource));
  }
  WakeAll();
}

void ChangeLog::StoreLocked(Entries::iterator entry, std::string resource) {
  entry->second.resource =
      std::make_shared<const std::string>(std::move(resource));
  entry->second.deleted = false;
  MoveToEndLocked(entry);
}

void ChangeLog::Remove(const OwnerKey& owner) {
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = entries_.find(owner);
    if (entry == entries_.end() || entry->second.deleted) return;
    entry->second.deleted = true;
    MoveToEndLocked(entry);
    ForgetSomeLocked();
  }
  WakeAll();
}

std::set<OwnerKey> ChangeLog::Owners() const {
  absl::MutexLock lock(&mutex_);
  std::set<OwnerKey> owners;
  for (const auto& [owner, entry] : entries_) {
    if (!entry.deleted) owners.insert(owner);
  }
  return owners;
}

void ChangeLog::SetSynced() {
  {
    absl::MutexLock lock(&mutex_);
    if (synced_ && failure_.ok()) return;
    synced_ = true;
    failure_ = absl::OkStatus();
  }
  WakeAll();
}

void ChangeLog::SetUnsynced() {
  absl::MutexLock lock(&mutex_);
  synced_ = false;
  stale_ = last_;
  failure_ = absl::OkStatus();
}

void ChangeLog::SetContact(const common::v1::CloudContact& contact) {
  {
    absl::MutexLock lock(&mutex_);
    // Each failure has words of its own: they are no change.
    if (contact.failing_since().seconds() ==
            contact_.failing_since().seconds() &&
        contact.code() == contact_.code()) {
      return;
    }
    contact_ = contact;
    ++contacts_;
  }
  WakeAll();
}

void ChangeLog::Fail(const absl::Status& error) {
  {
    absl::MutexLock lock(&mutex_);
    failure_ = error;
  }
  WakeAll();
}

bool ChangeLog::synced() const {
  absl::MutexLock lock(&mutex_);
  return synced_;
}

void ChangeLog::WakeAll() {
  std::vector<std::shared_ptr<Waker>> wakers;
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(wakers_, [](const auto& waker) { return waker.expired(); });
    for (const auto& waker : wakers_) {
      if (auto alive = waker.lock()) wakers.push_back(std::move(alive));
    }
  }
  for (const auto& waker : wakers) {
    absl::MutexLock lock(&waker->mutex);
    if (waker->wake != nullptr) waker->wake();
  }
}

std::unique_ptr<typename ChangeLog::Reader> ChangeLog::Read(
    const std::string& cursor, const std::string& cluster_id,
    std::function<void()> wake) {
  auto waker = std::make_shared<Waker>();
  {
    absl::MutexLock lock(&waker->mutex);
    waker->wake = std::move(wake);
  }
  absl::MutexLock lock(&mutex_);
  wakers_.push_back(waker);
  std::unique_ptr<Reader> reader(
      new Reader(*this, cluster_id, std::move(waker)));
  const std::optional<Cursor> from = Cursor::Parse(cursor);
  if (from.has_value() && from->epoch == epoch_ && from->sequence <= last_ &&
      from->sequence >= forgotten_) {
    reader->phase_ = Reader::Phase::kCatchUp;
    reader->position_ = from->sequence;
  } else if (!cursor.empty()) {
    reader->phase_ = Reader::Phase::kReset;
  }
  return reader;
}

void ChangeLog::Reader::TakeSnapshotLocked() {
  snapshot_.clear();
  for (const auto& [owner, entry] : log_.entries_) {
    if (!entry.deleted && Wants(owner)) snapshot_.push_back(entry.resource);
  }
  std::reverse(snapshot_.begin(), snapshot_.end());
  snapshot_taken_ = true;
  position_ = log_.last_;
}

bool ChangeLog::Reader::NextChangeLocked(Event* event) {
  for (auto it = log_.order_.upper_bound(position_); it != log_.order_.end();
       ++it) {
    position_ = it->first;
    const auto& [owner, entry] = *it->second;
    if (!Wants(owner)) continue;
    event->type = entry.deleted ? Event::Type::kDeleted : Event::Type::kChanged;
    event->resource = entry.resource;
    event->cursor = CursorHere();
    return true;
  }
  return false;
}

// What is not complete has no cursor: the reader gets all of it again.
bool ChangeLog::Reader::NextEarlyLocked(Event* event) {
  for (auto it = log_.order_.upper_bound(std::max(early_, log_.stale_));
       it != log_.order_.end(); ++it) {
    const auto& [owner, entry] = *it->second;
    if (!entry.early || !Wants(owner)) continue;
    event->type = entry.deleted ? Event::Type::kDeleted : Event::Type::kChanged;
    event->resource = entry.resource;
    early_ = it->first;
    return true;
  }
  return false;
}

bool ChangeLog::Reader::NextOfSnapshotLocked(Event* event) {
  if (!snapshot_taken_) TakeSnapshotLocked();
  if (snapshot_.empty()) return false;
  event->type = Event::Type::kChanged;
  event->resource = std::move(snapshot_.back());
  snapshot_.pop_back();
  return true;
}

absl::Status ChangeLog::Reader::Next(Event* event, bool* found) {
  absl::MutexLock lock(&log_.mutex_);
  *event = {};
  *found = true;
  if (!log_.failure_.ok()) return log_.failure_;
  if (contacts_told_ != log_.contacts_) {
    contacts_told_ = log_.contacts_;
    event->type = Event::Type::kContact;
    event->contact = log_.contact_;
    return absl::OkStatus();
  }
  // What was told early may be gone since, which a snapshot does not say.
  if (log_.synced_ && std::exchange(early_, 0) != 0 &&
      phase_ == Phase::kSnapshot) {
    phase_ = Phase::kReset;
  }
  const bool follows = phase_ == Phase::kLive || phase_ == Phase::kCatchUp;
  if (phase_ == Phase::kReset || (follows && position_ < log_.forgotten_)) {
    phase_ = Phase::kSnapshot;
    snapshot_taken_ = false;
    event->type = Event::Type::kReset;
    return absl::OkStatus();
  }
  if (!log_.synced_) {
    *found = NextEarlyLocked(event);
    return absl::OkStatus();
  }
  *found = phase_ == Phase::kSnapshot ? NextOfSnapshotLocked(event)
                                      : NextChangeLocked(event);
  if (*found || phase_ == Phase::kLive) {
    return absl::OkStatus();
  }
  phase_ = Phase::kLive;
  *found = true;
  event->type = Event::Type::kSynced;
  event->cursor = CursorHere();
  return absl::OkStatus();
}

}  // namespace evroc::cloud
