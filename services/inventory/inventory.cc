#include "services/inventory/inventory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

constexpr int kWriteAttempts = 5;
// A machine takes a minute or two to go (evroc-api.md B.8.2), and shows soon
// that it does. No flag: what users wait for is the cloud.
constexpr absl::Duration kRepeatDeletionAfter = absl::Seconds(30);
// Nobody waits for it: it spares a read of what was just seen to be gone.
constexpr absl::Duration kAbsenceCounts = absl::Minutes(1);

// Whether the cloud may have carried out a call that failed.
bool MayHaveHappened(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsDeadlineExceeded(failure) ||
         absl::IsCancelled(failure) || absl::IsInternal(failure) ||
         absl::IsUnknown(failure);
}

}  // namespace

template <typename T>
Inventory<T>::Inventory(Collection<T>& collection,
                        const InventoryOptions& options,
                        PollScheduler& scheduler, Clock& clock,
                        OnOwnersChanged on_owners_changed)
    : clock_(clock),
      on_owners_changed_(std::move(on_owners_changed)),
      observed_(collection, clock,
                [this](const Changes& changes) {
                  // A new object may be in transition, also one that another
                  // client made.
                  watched_.PollSoon();
                  on_owners_changed_(changes);
                }),
      read_through_(observed_, options.selector, options.freshness),
      watched_(observed_,
               {.selector = options.selector,
                .poll_intervals = options.poll_intervals,
                .on_progress = [this] { on_owners_changed_({}); }},
               scheduler, clock) {}

template <typename T>
absl::Status Inventory<T>::Refresh(const CallContext& context,
                                   const OwnerKey& owner) {
  EVROC_RETURN_IF_ERROR(observed_.ListOwner(context, owner));
  if (!owner.machine_id.empty()) return absl::OkStatus();
  observed_.Record([&](Memory& memory, absl::Time now, Changes&) {
    memory.RecordListing(owner.cluster_id, now);
  });
  return absl::OkStatus();
}

template <typename T>
absl::StatusOr<std::vector<T>> Inventory<T>::ListEveryones(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(Listing<T> all,
                         observed_.collection().List(context, ""));
  return std::move(all.items);
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> Inventory<T>::ListByOwner(
    const CallContext& context, const OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(std::vector<Known<T>> all,
                         ListByCluster(context, owner.cluster_id));
  std::erase_if(all, [&](const Known<T>& each) {
    return !BelongsTo(each.object.metadata.labels, owner);
  });
  return all;
}

template <typename T>
std::optional<Known<T>> Inventory<T>::Cached(const Id<T>& id) const {
  return observed_.View([&](const Memory& memory) {
    const auto* const entry = memory.Lookup(id);
    return entry == nullptr ? std::optional<Known<T>>()
                            : std::make_optional(entry->known);
  });
}

template <typename T>
std::vector<Known<T>> Inventory<T>::CachedByOwner(const OwnerKey& owner) const {
  return observed_.View(
      [&](const Memory& memory) { return memory.OfOwner(owner); });
}

template <typename T>
std::vector<Known<T>> Inventory<T>::CachedByCluster(
    const std::string& cluster_id) const {
  return observed_.View(
      [&](const Memory& memory) { return memory.OfCluster(cluster_id); });
}

template <typename T>
std::set<OwnerKey> Inventory<T>::CachedOwners() const {
  return observed_.View([](const Memory& memory) { return memory.Owners(); });
}

// --- Writing.

template <typename T>
void Inventory<T>::RecordWrite(const T& object, uint64_t requested_at) {
  // An event that was faster than the answer may know more, and what the answer
  // says comes as an event too. A poll reports nothing of the kind.
  const bool is_followed = watched_.IsFollowing();
  observed_.Record([&](Memory& memory, absl::Time now, Changes& changes) {
    memory.Saw(object, is_followed ? requested_at : memory.sequence(), now,
               changes);
  });
  watched_.PollSoon();
}

template <typename T>
void Inventory<T>::DoubtAfter(const absl::Status& failure, const T& object) {
  const std::optional<Owner> owner = OwnerOf(object.metadata.labels);
  if (!owner.has_value() || !MayHaveHappened(failure)) return;
  const std::string cluster_id(owner->cluster_id);
  observed_.Record([&](Memory& memory, absl::Time, Changes&) {
    memory.ForgetListing(cluster_id);
  });
  watched_.Doubt(cluster_id);
}

template <typename T>
absl::StatusOr<T> Inventory<T>::Create(const CallContext& context,
                                       const T& object) {
  const uint64_t requested_at = observed_.Sequence();
  absl::StatusOr<T> created = observed_.collection().Create(context, object);
  if (created.ok()) {
    RecordWrite(*created, requested_at);
  } else {
    DoubtAfter(created.status(), object);
  }
  return created;
}

template <typename T>
absl::StatusOr<T> Inventory<T>::Modify(const CallContext& context,
                                       const T& seen,
                                       const std::function<void(T&)>& change) {
  T wanted = seen;
  change(wanted);
  if (wanted == seen) return seen;
  for (int attempt = 1;; ++attempt) {
    EVROC_ASSIGN_OR_RETURN(const T current, ReadSame(context, seen));
    wanted = current;
    change(wanted);
    if (wanted == current) return current;
    const uint64_t requested_at = observed_.Sequence();
    absl::StatusOr<T> updated =
        observed_.collection().Update(context, current, wanted);
    if (updated.ok()) {
      RecordWrite(*updated, requested_at);
      return updated;
    }
    if (!absl::IsAborted(updated.status()) || attempt == kWriteAttempts) {
      return updated;
    }
  }
}

template <typename T>
absl::StatusOr<T> Inventory<T>::ReadSame(const CallContext& context,
                                         const T& seen) {
  const Id<T>& id = seen.metadata.id;
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> found, GetFresh(context, id));
  if (!found.has_value()) {
    return absl::NotFoundError(
        absl::StrCat(DescribeId(id), " was deleted meanwhile"));
  }
  if (!IsSameObject(found->object, seen)) {
    return absl::AbortedError(
        absl::StrCat(DescribeId(id), " was made again, or was given to ",
                     DescribeOwner(found->object.metadata.labels)));
  }
  return std::move(found->object);
}

template <typename T>
absl::StatusOr<bool> Inventory<T>::Delete(const CallContext& context,
                                          const Id<T>& id,
                                          const std::string& uid) {
  EVROC_ASSIGN_OR_RETURN(
      const bool gone, DeleteObject(observed_.collection(), context, id, uid));
  observed_.Record([&](Memory& memory, absl::Time now, Changes& changes) {
    if (gone) {
      memory.SawNothing(id, memory.sequence(), now, changes);
    } else {
      memory.SawDeletion(id, now, changes);
    }
  });
  if (!gone) watched_.PollSoon();
  return gone;
}

template <typename T>
bool Inventory<T>::WasJustDeleted(const Id<T>& id) const {
  const absl::Time since = clock_.Now() - kRepeatDeletionAfter;
  return observed_.View([&](const Memory& memory) {
    const auto* const entry = memory.Lookup(id);
    return entry != nullptr && entry->deletion_requested_at > since;
  });
}

template <typename T>
bool Inventory<T>::WasJustAbsent(const Id<T>& id) const {
  const absl::Time since = clock_.Now() - kAbsenceCounts;
  return observed_.View(
      [&](const Memory& memory) { return memory.AbsentSince(id) >= since; });
}

template <typename T>
void Inventory<T>::SetReferences(const OwnerKey& owner,
                                 const References<T>& references) {
  observed_.Record([&](Memory& memory, absl::Time, Changes&) {
    memory.SetReferences(owner, references);
  });
  watched_.PollSoon();
}

template class Inventory<Vpc>;
template class Inventory<Subnet>;
template class Inventory<SecurityGroup>;
template class Inventory<PublicIp>;
template class Inventory<LoadBalancer>;
template class Inventory<BackendPool>;
template class Inventory<BackendService>;
template class Inventory<L4Route>;
template class Inventory<VirtualMachine>;
template class Inventory<Disk>;
template class Inventory<PlacementGroup>;
template class Inventory<HotswapAttachment>;

}  // namespace evroc::cloud
