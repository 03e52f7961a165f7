// What one collection of a scope is known to hold: the one place that reads it
// (ADR 14).
//
// While somebody watches, it keeps itself up to date, by a watch of the
// cloud's where there is one, else by polling: quickly while something is in
// transition, slowly otherwise; and it answers from memory. While nobody does,
// it reads through, and remembers an answer for a few seconds. All writes go
// through it, so that its memory stays true. Thread-safe.

#ifndef SERVICES_INVENTORY_INVENTORY_H_
#define SERVICES_INVENTORY_INVENTORY_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/labels/label_selector.h"
#include "common/time/clock.h"
#include "services/evroc/api/collection.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory_memory.h"
#include "services/inventory/poll_intervals.h"
#include "services/inventory/poll_round.h"
#include "services/inventory/poll_scheduler.h"
#include "services/inventory/sync_progress.h"

namespace evroc::cloud {

struct InventoryOptions {
  // What is listed, a selector in Kubernetes' syntax; empty: all of the
  // collection.
  std::string selector;
  PollIntervals poll_intervals;
  // How long an answer counts while nobody watches.
  absl::Duration freshness = absl::Seconds(5);
};

template <typename T>
class Inventory {
 public:
  // Called after polls and writes, without locks, with the owners whose
  // objects changed (also of objects that are nobody's: an empty key).
  using OnOwnersChanged =
      std::function<void(const std::set<OwnerKey>& changed)>;

  // All must outlive the inventory.
  Inventory(Collection<T>& collection, const InventoryOptions& options,
            PollScheduler& scheduler, Clock& clock,
            OnOwnersChanged on_owners_changed);
  ~Inventory();

  // --- Reading.

  // The object, or nothing if it is definitely not there. While watching, an
  // object that the selector leaves out is not there. Errors of FindObject.
  absl::StatusOr<std::optional<Known<T>>> Find(const CallContext& context,
                                               const Id<T>& id);
  // As Find, but asks the cloud in any case.
  absl::StatusOr<std::optional<Known<T>>> Read(const CallContext& context,
                                               const Id<T>& id);
  // Everything of a cluster, its machines' objects too; also what a creation
  // made whose answer was lost. Errors of List.
  absl::StatusOr<std::vector<Known<T>>> FindByCluster(
      const CallContext& context, const std::string& cluster_id);
  // Asks the cloud, in any case, for everything of a cluster.
  absl::Status Refresh(const CallContext& context,
                       const std::string& cluster_id);
  // As Refresh, unless memory is kept up to date.
  absl::Status Renew(const CallContext& context, const std::string& cluster_id);
  // Everything that the selector picks.
  absl::StatusOr<std::vector<Known<T>>> FindAll(const CallContext& context);

  // What is in memory, whatever its age.
  std::optional<Known<T>> Cached(const Id<T>& id) const;
  std::vector<Known<T>> CachedByOwner(const OwnerKey& owner) const;
  std::set<OwnerKey> CachedOwners() const;

  // --- Writing. Errors of Collection.

  absl::StatusOr<T> Create(const CallContext& context, const T& object);
  // Changes `current`; where another writer was faster it reads again and
  // retries, a few times (traps.md A7, B21). With nothing to change, no call.
  absl::StatusOr<T> Modify(const CallContext& context, T current,
                           const std::function<void(T&)>& change);
  // True if the object is definitely gone, false if deletion is under way.
  absl::StatusOr<bool> Delete(const CallContext& context, const Id<T>& id);

  // --- Watching.

  // Between these two it keeps itself up to date. Not reentrant.
  void StartWatching();
  void StopWatching();

  SyncState sync_state() const;

 private:
  using Changes = typename InventoryMemory<T>::Changes;
  using Covers = std::function<bool(const T&)>;

  // Memory.
  bool ServesFromMemoryLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool KnowsClusterLocked(const std::string& cluster_id) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void NoteFailedCreation(const absl::Status& failure, const T& object);
  void DropStaleLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t Sequence() const;
  absl::Status ListInto(const CallContext& context, const std::string& selector,
                        const Covers& covers);
  void Notify(const Changes& changes) const;
  void PollSoon();
  void RecordWrite(const T& object, uint64_t requested_at);

  // Polling.
  absl::Duration Poll();
  absl::Status RunRound(const CallContext& context, const PollRound<T>& round);
  absl::Duration DelayAfter(const absl::Status& outcome, int calls);
  void NoteOutcome(const absl::Status& outcome, bool complete);

  // The cloud's watch.
  void FollowWatch();
  absl::Status FollowOnce(const CallContext& context);
  absl::Status TakeEvent(const WatchEvent<T>& event);

  Collection<T>& collection_;
  const InventoryOptions options_;
  const LabelSelector selected_;
  PollScheduler& scheduler_;
  Clock& clock_;
  const OnOwnersChanged on_owners_changed_;
  const int task_;

  mutable absl::Mutex mutex_;
  InventoryMemory<T> memory_ ABSL_GUARDED_BY(mutex_);
  // When a cluster's objects, or all (empty key), were last listed.
  std::map<std::string, absl::Time> listed_ ABSL_GUARDED_BY(mutex_);
  // Clusters that may have more than memory holds, and until when.
  std::map<std::string, absl::Time> doubtful_ ABSL_GUARDED_BY(mutex_);
  bool watching_ ABSL_GUARDED_BY(mutex_) = false;
  SyncProgress progress_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<std::stop_source> stop_;
  std::thread follower_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_INVENTORY_H_
