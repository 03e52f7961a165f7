// Holds what is known of one collection of a scope, and is the one place that
// reads the collection and writes to it (ADR 14).
//
// While watched, it answers from a memory that it keeps up to date
// (WatchedView); otherwise it asks the cloud and remembers an answer for a few
// seconds (ReadThroughView). All writes go through it, so that its memory stays
// true. Thread-safe.

#ifndef SERVICES_INVENTORY_INVENTORY_H_
#define SERVICES_INVENTORY_INVENTORY_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/id.h"
#include "services/identity/owner.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory_memory.h"
#include "services/inventory/observed_collection.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/polling/poll_scheduler.h"
#include "services/inventory/read_through_view.h"
#include "services/inventory/sync_progress.h"
#include "services/inventory/watched_view.h"

namespace evroc::cloud {

struct InventoryOptions {
  // Selects what is listed, in Kubernetes' syntax; empty: all of the
  // collection.
  std::string selector;
  PollIntervals poll_intervals;
  // The time for which an answer counts while not watched.
  absl::Duration freshness = absl::Seconds(5);
};

// Whether both are one object, with the same owner.
template <typename T>
bool IsSameObject(const T& a, const T& b) {
  return a.metadata.uid == b.metadata.uid &&
         OwnerKeyOf(a.metadata.labels) == OwnerKeyOf(b.metadata.labels);
}

template <typename T>
class Inventory {
 public:
  // Called after reads of the cloud and after writes, without locks, with the
  // owners whose objects changed; unowned objects have an empty key.
  using OnOwnersChanged = std::function<void(const std::set<OwnerKey>&)>;

  // All must outlive the inventory.
  Inventory(Collection<T>& collection, const InventoryOptions& options,
            PollScheduler& scheduler, Clock& clock,
            OnOwnersChanged on_owners_changed);

  // --- Reading: see InventoryView.

  absl::StatusOr<std::optional<Known<T>>> Get(const CallContext& context,
                                              const Id<T>& id) {
    return view().Get(context, id);
  }
  absl::StatusOr<std::optional<Known<T>>> GetFreshIfMissing(
      const CallContext& context, const Id<T>& id) {
    return view().GetFreshIfMissing(context, id);
  }
  absl::StatusOr<std::vector<Known<T>>> ListByCluster(
      const CallContext& context, const std::string& cluster_id) {
    return view().ListByCluster(context, cluster_id);
  }
  // As ListByCluster, but only what belongs to that owner itself: a cluster's
  // objects without those of its machines.
  absl::StatusOr<std::vector<Known<T>>> ListByOwner(const CallContext& context,
                                                    const OwnerKey& owner);
  absl::StatusOr<std::vector<Known<T>>> ListAll(const CallContext& context) {
    return view().ListAll(context);
  }
  absl::Status RefreshIfStale(const CallContext& context,
                              const OwnerKey& owner) {
    return view().RefreshIfStale(context, owner);
  }
  // As Get, but always asks the cloud.
  absl::StatusOr<std::optional<Known<T>>> GetFresh(const CallContext& context,
                                                   const Id<T>& id) {
    return observed_.GetFresh(context, id);
  }
  // As RefreshIfStale, but always asks the cloud.
  absl::Status Refresh(const CallContext& context, const OwnerKey& owner);
  // Asks the cloud for everything in the collection, also what the selector
  // leaves out. The memory does not keep it.
  absl::StatusOr<std::vector<T>> ListEveryones(const CallContext& context);

  // Return what is in memory, whatever its age.
  std::optional<Known<T>> Cached(const Id<T>& id) const;
  std::vector<Known<T>> CachedByOwner(const OwnerKey& owner) const;
  // Of a cluster and its machines.
  std::vector<Known<T>> CachedByCluster(const std::string& cluster_id) const;
  std::set<OwnerKey> CachedOwners() const;

  // --- Writing. Errors of Collection.

  absl::StatusOr<T> Create(const CallContext& context, const T& object);
  // Changes an object. With nothing to change in `seen`, no call; else the
  // object is read, compared with `seen`, and written as it was read. After a
  // lost update it does so again, a few times (traps.md A7, B21). ABORTED if it
  // is another object than `seen`, or another owner's (ADR 27).
  absl::StatusOr<T> Modify(const CallContext& context, const T& seen,
                           const std::function<void(T&)>& change);
  // True if the object is confirmed gone, false if its deletion is in progress.
  // `uid` as for Collection::Delete.
  absl::StatusOr<bool> Delete(const CallContext& context, const Id<T>& id,
                              const std::string& uid);
  // Whether Delete was called for the object a short time ago. The cloud may
  // accept a deletion and drop it: later it is due again.
  bool WasJustDeleted(const Id<T>& id) const;
  // Whether the object was found to be absent a short time ago, by its id.
  bool WasJustAbsent(const Id<T>& id) const;

  // --- Watching.

  // While watched, a change of these objects, which may be anybody's, is told
  // as one of `owner`'s too, and those that are awaited and not there are
  // looked for: nothing else finds out soon that they exist after all. Replaces
  // what the owner referred to before.
  void SetReferences(const OwnerKey& owner, const References<T>& references);

  // Between these two the inventory keeps itself up to date. Not reentrant.
  void StartWatching() { watched_.Start(); }
  void StopWatching() { watched_.Stop(); }

  SyncState sync_state() const { return watched_.sync_state(); }

 private:
  using Memory = InventoryMemory<T>;
  using Changes = typename Memory::Changes;

  InventoryView<T>& view() {
    if (watched_.IsSynced()) return watched_;
    return read_through_;
  }
  void RecordWrite(const T& object, uint64_t requested_at);
  // Reads what `seen` showed. NOT_FOUND, and ABORTED as Modify.
  absl::StatusOr<T> ReadSame(const CallContext& context, const T& seen);
  void DoubtAfter(const absl::Status& failure, const T& object);

  Clock& clock_;
  const OnOwnersChanged on_owners_changed_;
  ObservedCollection<T> observed_;
  ReadThroughView<T> read_through_;
  WatchedView<T> watched_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_INVENTORY_H_
