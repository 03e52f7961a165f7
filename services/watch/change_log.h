// Keeps the current state of each resource, in the order of changes, and feeds
// Watch streams.
//
// It keeps only the last change of each resource, and a bounded number of
// deleted ones, so slow readers cost no memory: a reader that falls behind this
// history gets a new snapshot. Thread-safe; a Reader belongs to one thread at a
// time.

#ifndef SERVICES_WATCH_CHANGE_LOG_H_
#define SERVICES_WATCH_CHANGE_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"
#include "services/identity/owner.h"
#include "services/watch/cursor.h"

namespace evroc::cloud {

class ChangeLog {
 public:
  // A resource as readers get it: a serialised message, a fifth of the size of
  // a parsed one. Equal content has equal bytes.
  using Bytes = std::shared_ptr<const std::string>;

  // `max_deleted`: the number of deleted resources that are remembered.
  explicit ChangeLog(size_t max_deleted = 10'000)
      : epoch_(absl::Uniform<uint64_t>(absl::BitGen())),
        max_deleted_(max_deleted) {}

  struct Event {
    enum class Type { kReset, kChanged, kDeleted, kSynced, kContact };
    Type type = Type::kChanged;
    Bytes resource;                    // of kChanged and kDeleted
    common::v1::CloudContact contact;  // of kContact
    std::string cursor;                // empty while a snapshot is in progress
  };

  // Stores the owner's resource; no effect if it is unchanged.
  void Put(const OwnerKey& owner, std::string resource);
  // As Put, before the stored resources are complete: readers are told at once.
  void PutEarly(const OwnerKey& owner, std::string resource);
  // Removes the resource; no effect if it is unknown.
  void Remove(const OwnerKey& owner);
  // The owners of the stored resources.
  std::set<OwnerKey> Owners() const;

  // Records that all existing resources have been put: snapshots are complete
  // from now on.
  void SetSynced();
  // Records that the stored resources are no longer complete: snapshots wait.
  void SetUnsynced();
  // Records whether the cloud answers. Readers are told, new ones first of all.
  void SetContact(const common::v1::CloudContact& contact);
  // Ends every reader with this error; new ones too, until the next SetSynced.
  void Fail(const absl::Status& error);

  bool synced() const;

  class Reader;

  // Returns a reader of one cluster's resources, or of all if `cluster_id` is
  // empty. `wake` is called, from any thread and without locks, whenever there
  // may be something to read; never after the reader is destroyed.
  std::unique_ptr<Reader> Read(const std::string& cursor,
                               const std::string& cluster_id,
                               std::function<void()> wake);

 private:
  struct Entry {
    Bytes resource;
    uint64_t sequence = 0;
    bool deleted = false;
    bool early = false;  // PutEarly stored it
  };
  using Entries = std::map<OwnerKey, Entry>;
  // Outlives the reader while `wake` is being called.
  struct Waker {
    absl::Mutex mutex;
    std::function<void()> wake ABSL_GUARDED_BY(mutex);
  };

  void StoreLocked(Entries::iterator entry, std::string resource)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveToEndLocked(Entries::iterator entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetSomeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAll();

  const uint64_t epoch_;
  const size_t max_deleted_;

  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, Entries::iterator> order_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, Entries::iterator> deleted_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  // Deletions up to here are forgotten.
  uint64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
  bool synced_ ABSL_GUARDED_BY(mutex_) = false;
  // While not synced: what was stored up to here is of before.
  uint64_t stale_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  common::v1::CloudContact contact_ ABSL_GUARDED_BY(mutex_);
  uint64_t contacts_ ABSL_GUARDED_BY(mutex_) = 0;  // its changes
  std::vector<std::weak_ptr<Waker>> wakers_ ABSL_GUARDED_BY(mutex_);
};

class ChangeLog::Reader {
 public:
  ~Reader() {
    absl::MutexLock lock(&waker_->mutex);
    waker_->wake = nullptr;
  }

  // Returns the next event, if there is one. An error ends the stream.
  absl::Status Next(Event* event, bool* found);

 private:
  friend class ChangeLog;
  enum class Phase { kReset, kSnapshot, kCatchUp, kLive };

  Reader(ChangeLog& log, std::string cluster_id, std::shared_ptr<Waker> waker)
      : log_(log),
        cluster_id_(std::move(cluster_id)),
        waker_(std::move(waker)) {}

  bool Wants(const OwnerKey& owner) const {
    return cluster_id_.empty() || owner.cluster_id == cluster_id_;
  }
  std::string CursorHere() const {
    return Cursor{log_.epoch_, position_}.ToString();
  }
  void TakeSnapshotLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);
  bool NextOfSnapshotLocked(Event* event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);
  bool NextChangeLocked(Event* event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);
  bool NextEarlyLocked(Event* event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_.mutex_);

  ChangeLog& log_;
  const std::string cluster_id_;
  const std::shared_ptr<Waker> waker_;
  Phase phase_ = Phase::kSnapshot;
  uint64_t position_ = 0;
  uint64_t early_ = 0;  // as position_, before the log is synced; 0: nothing
  std::vector<Bytes> snapshot_;  // its rest, in reverse
  bool snapshot_taken_ = false;
  uint64_t contacts_told_ = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_CHANGE_LOG_H_
