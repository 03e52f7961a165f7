// What resources are like now, and in which order they became so: what Watch
// streams are fed from.
//
// Of each resource only the last change is kept, and of deleted ones a bounded
// number, so memory does not grow with slow readers: one that falls behind
// what is kept starts anew with a snapshot. Thread-safe; a Reader belongs to
// one thread at a time.

#ifndef SERVICES_WATCH_CHANGE_LOG_H_
#define SERVICES_WATCH_CHANGE_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/watch/cursor.h"

namespace evroc::cloud {

template <typename R>
class ChangeLog {
 public:
  using ResourcePtr = std::shared_ptr<const R>;

  // `max_deleted`: how many deleted resources are remembered.
  explicit ChangeLog(size_t max_deleted = 10'000)
      : epoch_(absl::Uniform<uint64_t>(absl::BitGen())),
        max_deleted_(max_deleted) {}

  struct Event {
    enum class Type { kReset, kChanged, kDeleted, kSynced };
    Type type = Type::kChanged;
    ResourcePtr resource;  // of kChanged and kDeleted
    std::string cursor;    // empty while a snapshot is under way
  };

  // The resource is new or different. `cluster_id` is what readers filter by,
  // `etag` what tells whether it differs from what is known.
  void Put(const std::string& key, const std::string& cluster_id,
           const std::string& etag, ResourcePtr resource);
  // The resource is gone; no effect if it was not known.
  void Remove(const std::string& key);

  // Everything that there is has been put: snapshots are complete from now on.
  void SetSynced();
  // What is put from now on is not complete any more: snapshots wait.
  void SetUnsynced();
  // Every reader ends with this error; new ones too, until the next SetSynced.
  void Fail(const absl::Status& error);

  bool synced() const;

  class Reader;

  // `wake` is called, from any thread and without locks, whenever there may be
  // something to read; not after the reader is gone.
  std::unique_ptr<Reader> Read(const std::string& cursor,
                               const std::string& cluster_id,
                               std::function<void()> wake);

 private:
  struct Entry {
    std::string cluster_id;
    std::string etag;
    ResourcePtr resource;
    uint64_t sequence = 0;
    bool deleted = false;
  };
  // Outlives the reader while it is being called.
  struct Waker {
    absl::Mutex mutex;
    std::function<void()> wake ABSL_GUARDED_BY(mutex);
  };

  void MoveToEndLocked(const std::string& key, Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetSomeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAll();

  const uint64_t epoch_;
  const size_t max_deleted_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::string> order_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::string> deleted_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  // Deletions up to here are forgotten.
  uint64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
  bool synced_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Waker>> wakers_ ABSL_GUARDED_BY(mutex_);
};

template <typename R>
class ChangeLog<R>::Reader {
 public:
  ~Reader() {
    absl::MutexLock lock(&waker_->mutex);
    waker_->wake = nullptr;
  }

  // The next event, if there is one. An error ends the stream.
  absl::Status Next(Event* event, bool* found);

 private:
  friend class ChangeLog;
  enum class Phase { kReset, kSnapshot, kCatchUp, kLive };

  Reader(ChangeLog& log, std::string cluster_id, std::shared_ptr<Waker> waker)
      : log_(log),
        cluster_id_(std::move(cluster_id)),
        waker_(std::move(waker)) {}

  bool Wants(const Entry& entry) const {
    return cluster_id_.empty() || entry.cluster_id == cluster_id_;
  }
  std::string CursorHere() const {
    return Cursor{log_.epoch_, position_}.ToString();
  }
  void TakeSnapshotLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);
  bool NextOfSnapshotLocked(Event* event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);
  bool NextChangeLocked(Event* event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);

  ChangeLog& log_;
  const std::string cluster_id_;
  const std::shared_ptr<Waker> waker_;
  Phase phase_ = Phase::kSnapshot;
  uint64_t position_ = 0;
  std::vector<ResourcePtr> snapshot_;  // what is left of it, backwards
  bool snapshot_taken_ = false;
};

template <typename R>
void ChangeLog<R>::MoveToEndLocked(const std::string& key, Entry& entry) {
  order_.erase(entry.sequence);
  deleted_.erase(entry.sequence);
  entry.sequence = ++last_;
  order_[last_] = key;
  if (entry.deleted) deleted_[last_] = key;
}

template <typename R>
void ChangeLog<R>::ForgetSomeLocked() {
  while (deleted_.size() > max_deleted_) {
    const auto oldest = deleted_.begin();
    forgotten_ = oldest->first;
    order_.erase(oldest->first);
    entries_.erase(oldest->second);
    deleted_.erase(oldest);
  }
}

template <typename R>
void ChangeLog<R>::Put(const std::string& key, const std::string& cluster_id,
                       const std::string& etag, ResourcePtr resource) {
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[key];
    if (entry.sequence != 0 && !entry.deleted && entry.etag == etag) return;
    entry.cluster_id = cluster_id;
    entry.etag = etag;
    entry.resource = std::move(resource);
    entry.deleted = false;
    MoveToEndLocked(key, entry);
  }
  WakeAll();
}

template <typename R>
void ChangeLog<R>::Remove(const std::string& key) {
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.deleted) return;
    entry->second.deleted = true;
    MoveToEndLocked(key, entry->second);
    ForgetSomeLocked();
  }
  WakeAll();
}

template <typename R>
void ChangeLog<R>::SetSynced() {
  {
    absl::MutexLock lock(&mutex_);
    if (synced_ && failure_.ok()) return;
    synced_ = true;
    failure_ = absl::OkStatus();
  }
  WakeAll();
}

template <typename R>
void ChangeLog<R>::SetUnsynced() {
  absl::MutexLock lock(&mutex_);
  synced_ = false;
  failure_ = absl::OkStatus();
}

template <typename R>
void ChangeLog<R>::Fail(const absl::Status& error) {
  {
    absl::MutexLock lock(&mutex_);
    failure_ = error;
  }
  WakeAll();
}

template <typename R>
bool ChangeLog<R>::synced() const {
  absl::MutexLock lock(&mutex_);
  return synced_;
}

template <typename R>
void ChangeLog<R>::WakeAll() {
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

template <typename R>
std::unique_ptr<typename ChangeLog<R>::Reader> ChangeLog<R>::Read(
    const std::string& cursor, const std::string& cluster_id,
    // NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved from
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

template <typename R>
void ChangeLog<R>::Reader::TakeSnapshotLocked() {
  snapshot_.clear();
  for (auto it = log_.entries_.rbegin(); it != log_.entries_.rend(); ++it) {
    if (!it->second.deleted && Wants(it->second)) {
      snapshot_.push_back(it->second.resource);
    }
  }
  snapshot_taken_ = true;
  position_ = log_.last_;
}

template <typename R>
bool ChangeLog<R>::Reader::NextChangeLocked(Event* event) {
  for (auto it = log_.order_.upper_bound(position_); it != log_.order_.end();
       ++it) {
    position_ = it->first;
    const Entry& entry = log_.entries_.at(it->second);
    if (!Wants(entry)) continue;
    event->type = entry.deleted ? Event::Type::kDeleted : Event::Type::kChanged;
    event->resource = entry.resource;
    event->cursor = CursorHere();
    return true;
  }
  return false;
}

template <typename R>
bool ChangeLog<R>::Reader::NextOfSnapshotLocked(Event* event) {
  if (!snapshot_taken_) TakeSnapshotLocked();
  if (snapshot_.empty()) return false;
  event->type = Event::Type::kChanged;
  event->resource = std::move(snapshot_.back());
  snapshot_.pop_back();
  return true;
}

template <typename R>
absl::Status ChangeLog<R>::Reader::Next(Event* event, bool* found) {
  absl::MutexLock lock(&log_.mutex_);
  *event = {};
  *found = true;
  if (!log_.failure_.ok()) return log_.failure_;
  const bool follows = phase_ == Phase::kLive || phase_ == Phase::kCatchUp;
  if (phase_ == Phase::kReset || (follows && position_ < log_.forgotten_)) {
    phase_ = Phase::kSnapshot;
    snapshot_taken_ = false;
    event->type = Event::Type::kReset;
    return absl::OkStatus();
  }
  *found =
      log_.synced_ && (phase_ == Phase::kSnapshot ? NextOfSnapshotLocked(event)
                                                  : NextChangeLocked(event));
  if (*found || !log_.synced_ || phase_ == Phase::kLive) {
    return absl::OkStatus();
  }
  phase_ = Phase::kLive;
  *found = true;
  event->type = Event::Type::kSynced;
  event->cursor = CursorHere();
  return absl::OkStatus();
}

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_CHANGE_LOG_H_
