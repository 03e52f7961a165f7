#include "services/inventory/inventory.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/time/jitter.h"
#include "common/time/sleep.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

constexpr absl::Duration kPollTimeout = absl::Seconds(30);
constexpr int kWriteAttempts = 5;

// Whether the cloud may have done what it was asked for all the same.
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
    : collection_(collection),
      options_(options),
      selected_(*LabelSelector::Parse(options.selector)),
      scheduler_(scheduler),
      clock_(clock),
      on_owners_changed_(std::move(on_owners_changed)),
      task_(scheduler.Add([this] { return Poll(); })),
      progress_(options_.poll_intervals) {}

template <typename T>
Inventory<T>::~Inventory() {
  StopWatching();
  scheduler_.Remove(task_);
}

// --- Memory.

template <typename T>
bool Inventory<T>::ServesFromMemoryLocked() const {
  return watching_ && progress_.state().synced;
}

template <typename T>
bool Inventory<T>::KnowsClusterLocked(const std::string& cluster_id) const {
  if (!ServesFromMemoryLocked()) return false;
  const auto doubt = doubtful_.find(cluster_id);
  return doubt == doubtful_.end() || doubt->second <= clock_.Now();
}

// Nothing tells of what was made without an answer before the next look at
// everything: whoever deletes the cluster's objects until then asks the cloud.
template <typename T>
void Inventory<T>::NoteFailedCreation(const absl::Status& failure,
                                      const T& object) {
  const std::optional<Owner> owner = OwnerOf(object.metadata.labels);
  if (!owner.has_value() || !MayHaveHappened(failure)) return;
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  std::erase_if(doubtful_,
                [&](const auto& entry) { return entry.second <= now; });
  doubtful_[owner->cluster_id] = now + 2 * options_.poll_intervals.slow;
  listed_.erase(owner->cluster_id);
  listed_.erase("");
}

// What nobody keeps up to date is forgotten.
template <typename T>
void Inventory<T>::DropStaleLocked() {
  if (ServesFromMemoryLocked()) return;
  const absl::Time oldest = clock_.Now() - options_.freshness;
  memory_.ForgetBefore(oldest);
  std::erase_if(listed_,
                [&](const auto& entry) { return entry.second < oldest; });
}

template <typename T>
uint64_t Inventory<T>::Sequence() const {
  absl::MutexLock lock(&mutex_);
  return memory_.sequence();
}

template <typename T>
void Inventory<T>::Notify(const Changes& changes) const {
  if (!changes.empty()) on_owners_changed_(changes);
}

template <typename T>
absl::Status Inventory<T>::ListInto(const CallContext& context,
                                    const std::string& selector,
                                    const Covers& covers) {
  const uint64_t requested_at = Sequence();
  EVROC_ASSIGN_OR_RETURN(Listing<T> listing,
                         collection_.List(context, selector));
  Changes changes;
  {
    absl::MutexLock lock(&mutex_);
    memory_.SawList(std::move(listing.items), covers, requested_at,
                    clock_.Now(), changes);
  }
  if (!changes.empty()) PollSoon();
  Notify(changes);
  return absl::OkStatus();
}

// What is new may be in transition, whoever made it. Costs no call if it is
// not.
template <typename T>
void Inventory<T>::PollSoon() {
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_ || collection_.can_watch()) return;
  }
  scheduler_.Wake(task_, Jittered(options_.poll_intervals.fast, 0.8, 1.2));
}

// --- Reading.

template <typename T>
absl::StatusOr<std::optional<Known<T>>> Inventory<T>::Find(
    const CallContext& context, const Id<T>& id) {
  {
    absl::MutexLock lock(&mutex_);
    DropStaleLocked();
    if (const auto* entry = memory_.Find(id)) {
      return std::make_optional(entry->known);
    }
    if (ServesFromMemoryLocked() || memory_.IsAbsent(id)) {
      return std::optional<Known<T>>();
    }
  }
  return Read(context, id);
}

template <typename T>
absl::StatusOr<std::optional<Known<T>>> Inventory<T>::Read(
    const CallContext& context, const Id<T>& id) {
  const uint64_t requested_at = Sequence();
  EVROC_ASSIGN_OR_RETURN(std::optional<T> object,
                         FindObject(collection_, context, id));
  Changes changes;
  std::optional<Known<T>> found;
  {
    absl::MutexLock lock(&mutex_);
    if (object.has_value()) {
      memory_.Saw(*std::move(object), requested_at, clock_.Now(), changes);
    } else {
      memory_.SawNothing(id, requested_at, clock_.Now(), changes);
    }
    if (const auto* entry = memory_.Find(id)) found = entry->known;
  }
  if (!changes.empty()) PollSoon();
  Notify(changes);
  return found;
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> Inventory<T>::FindByCluster(
    const CallContext& context, const std::string& cluster_id) {
  {
    absl::MutexLock lock(&mutex_);
    DropStaleLocked();
    if (KnowsClusterLocked(cluster_id) || listed_.contains(cluster_id) ||
        listed_.contains("")) {
      return memory_.OfCluster(cluster_id);
    }
  }
  EVROC_RETURN_IF_ERROR(Refresh(context, cluster_id));
  absl::MutexLock lock(&mutex_);
  return memory_.OfCluster(cluster_id);
}

template <typename T>
absl::Status Inventory<T>::Refresh(const CallContext& context,
                                   const std::string& cluster_id) {
  EVROC_RETURN_IF_ERROR(
      ListInto(context, ClusterSelector(cluster_id), [&](const T& object) {
        return BelongsToCluster(object.metadata.labels, cluster_id);
      }));
  absl::MutexLock lock(&mutex_);
  listed_[cluster_id] = clock_.Now();
  return absl::OkStatus();
}

template <typename T>
absl::Status Inventory<T>::Renew(const CallContext& context,
                                 const std::string& cluster_id) {
  {
    absl::MutexLock lock(&mutex_);
    if (KnowsClusterLocked(cluster_id)) return absl::OkStatus();
  }
  return Refresh(context, cluster_id);
}

template <typename T>
absl::StatusOr<std::vector<Known<T>>> Inventory<T>::FindAll(
    const CallContext& context) {
  const auto everything = [](const T& /*object*/) { return true; };
  {
    absl::MutexLock lock(&mutex_);
    DropStaleLocked();
    if (ServesFromMemoryLocked() || listed_.contains("")) {
      return memory_.All();
    }
  }
  EVROC_RETURN_IF_ERROR(ListInto(context, options_.selector, everything));
  absl::MutexLock lock(&mutex_);
  listed_[""] = clock_.Now();
  return memory_.All();
}

template <typename T>
std::optional<Known<T>> Inventory<T>::Cached(const Id<T>& id) const {
  absl::MutexLock lock(&mutex_);
  const auto* entry = memory_.Find(id);
  if (entry == nullptr) return std::nullopt;
  return entry->known;
}

template <typename T>
std::vector<Known<T>> Inventory<T>::CachedByOwner(const OwnerKey& owner) const {
  absl::MutexLock lock(&mutex_);
  return memory_.OfOwner(owner);
}

template <typename T>
std::set<OwnerKey> Inventory<T>::CachedOwners() const {
  absl::MutexLock lock(&mutex_);
  return memory_.Owners();
}

// --- Writing.

template <typename T>
void Inventory<T>::RecordWrite(const T& object, uint64_t requested_at) {
  Changes changes;
  {
    absl::MutexLock lock(&mutex_);
    // An event that was faster than the answer may know more, and what the
    // answer says comes as an event too. A poll tells nothing of the kind.
    const bool is_followed = watching_ && collection_.can_watch();
    memory_.Saw(object, is_followed ? requested_at : memory_.sequence(),
                clock_.Now(), changes);
  }
  PollSoon();
  Notify(changes);
}

template <typename T>
absl::StatusOr<T> Inventory<T>::Create(const CallContext& context,
                                       const T& object) {
  const uint64_t requested_at = Sequence();
  absl::StatusOr<T> created = collection_.Create(context, object);
  if (created.ok()) {
    RecordWrite(*created, requested_at);
  } else {
    NoteFailedCreation(created.status(), object);
  }
  return created;
}

template <typename T>
absl::StatusOr<T> Inventory<T>::Modify(const CallContext& context, T current,
                                       const std::function<void(T&)>& change) {
  for (int attempt = 1;; ++attempt) {
    T wanted = current;
    change(wanted);
    if (wanted == current) return current;
    const uint64_t requested_at = Sequence();
    absl::StatusOr<T> updated = collection_.Update(context, current, wanted);
    if (updated.ok()) {
      RecordWrite(*updated, requested_at);
      return updated;
    }
    if (!absl::IsAborted(updated.status()) || attempt == kWriteAttempts) {
      return updated;
    }
    EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> again,
                           Read(context, current.metadata.id));
    if (!again.has_value()) {
      return absl::NotFoundError("it was deleted meanwhile");
    }
    current = std::move(again->object);
  }
}

template <typename T>
absl::StatusOr<bool> Inventory<T>::Delete(const CallContext& context,
                                          const Id<T>& id) {
  EVROC_ASSIGN_OR_RETURN(const bool gone,
                         DeleteObject(collection_, context, id));
  Changes changes;
  {
    absl::MutexLock lock(&mutex_);
    if (gone) {
      memory_.SawNothing(id, memory_.sequence(), clock_.Now(), changes);
    } else {
      memory_.SawDeletion(id, clock_.Now(), changes);
    }
  }
  if (!gone) PollSoon();
  Notify(changes);
  return gone;
}

// --- Watching.

template <typename T>
void Inventory<T>::StartWatching() {
  {
    absl::MutexLock lock(&mutex_);
    if (watching_) return;
    watching_ = true;
    progress_ = SyncProgress(options_.poll_intervals);
    stop_ = std::make_unique<std::stop_source>();
  }
  if (collection_.can_watch()) {
    follower_ = std::thread([this] { FollowWatch(); });
  } else {
    scheduler_.Wake(task_);
  }
}

template <typename T>
void Inventory<T>::StopWatching() {
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_) return;
    watching_ = false;
    progress_ = SyncProgress(options_.poll_intervals);
  }
  stop_->request_stop();
  if (follower_.joinable()) follower_.join();
}

template <typename T>
SyncState Inventory<T>::sync_state() const {
  absl::MutexLock lock(&mutex_);
  return progress_.state();
}

template <typename T>
void Inventory<T>::NoteOutcome(const absl::Status& outcome, bool complete) {
  absl::MutexLock lock(&mutex_);
  if (watching_) progress_.NoteOutcome(outcome, complete, clock_.Now());
}

// One object that can't be read does not keep the others waiting. Returns the
// first error.
template <typename T>
absl::Status Inventory<T>::RunRound(const CallContext& context,
                                    const PollRound<T>& round) {
  absl::Status outcome;
  for (const Id<T>& id : round.objects) {
    outcome.Update(Read(context, id).status());
  }
  for (const std::string& cluster : round.clusters) {
    outcome.Update(
        ListInto(context, ClusterSelector(cluster), [&](const T& object) {
          return BelongsToCluster(object.metadata.labels, cluster);
        }));
  }
  return outcome;
}

template <typename T>
absl::Duration Inventory<T>::Poll() {
  PollRound<T> round;
  bool full = false;
  CallContext context{.deadline = clock_.Now() + kPollTimeout};
  {
    absl::MutexLock lock(&mutex_);
    if (!watching_) return absl::InfiniteDuration();
    context.cancel = stop_->get_token();
    full = progress_.IsListDue(clock_.Now());
    if (!full)
      round = PlanRound(memory_, options_.poll_intervals, clock_.Now());
  }
  const absl::Status outcome =
      full ? ListInto(context, options_.selector,
                      [](const T& /*object*/) { return true; })
           : RunRound(context, round);
  const int calls = full ? 1 : round.calls();
  if (calls > 0) NoteOutcome(outcome, full);
  on_owners_changed_({});
  return DelayAfter(outcome, calls);
}

template <typename T>
absl::Duration Inventory<T>::DelayAfter(const absl::Status& outcome,
                                        int calls) {
  absl::MutexLock lock(&mutex_);
  if (!watching_) return absl::InfiniteDuration();
  return progress_.DelayAfter(outcome, calls, AnyMoving(memory_), clock_.Now());
}

template <typename T>
void Inventory<T>::FollowWatch() {
  const std::stop_token stopped = stop_->get_token();
  const CallContext context{.cancel = stopped};
  while (!stopped.stop_requested()) {
    const absl::Status ended = FollowOnce(context);
    if (stopped.stop_requested()) return;
    absl::Duration pause = options_.poll_intervals.fast;
    if (!ended.ok()) {
      NoteOutcome(ended, false);
      on_owners_changed_({});
      pause = DelayAfter(ended, 0);
    }
    if (!SleepFor(pause, stopped, clock_)) return;
  }
}

// A list, then events until the stream ends. What was written while the list
// was under way is read again: no event tells of what happened before the list.
template <typename T>
absl::Status Inventory<T>::FollowOnce(const CallContext& context) {
  const uint64_t requested_at = Sequence();
  CallContext list_context = context;
  list_context.deadline = clock_.Now() + kPollTimeout;
  EVROC_ASSIGN_OR_RETURN(Listing<T> listing,
                         collection_.List(list_context, options_.selector));
  std::string version = listing.resource_version;
  Changes changes;
  std::vector<Id<T>> doubtful;
  {
    absl::MutexLock lock(&mutex_);
    doubtful = memory_.SawList(
        std::move(listing.items), [](const T& /*object*/) { return true; },
        requested_at, clock_.Now(), changes);
  }
  Notify(changes);
  for (const Id<T>& id : doubtful) {
    EVROC_RETURN_IF_ERROR(Read(list_context, id).status());
  }
  NoteOutcome(absl::OkStatus(), true);
  on_owners_changed_({});
  while (true) {
    const absl::Time began = clock_.Now();
    const absl::Status ended =
        collection_.Watch(context, version, [&](const WatchEvent<T>& event) {
          version = event.object.metadata.resource_version;
          return TakeEvent(event);
        });
    // Too old, or a server that keeps ending it: list again, after a pause.
    if (absl::IsOutOfRange(ended)) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(ended);
    if (clock_.Now() - began < options_.poll_intervals.fast)
      return absl::OkStatus();
  }
}

template <typename T>
absl::Status Inventory<T>::TakeEvent(const WatchEvent<T>& event) {
  Changes changes;
  if (event.type == WatchEvent<T>::Type::kBookmark) return absl::OkStatus();
  {
    absl::MutexLock lock(&mutex_);
    progress_.NoteSignOfLife(clock_.Now());
    if (event.type == WatchEvent<T>::Type::kDeleted ||
        !selected_.Matches(event.object.metadata.labels)) {
      memory_.SawNothing(event.object.metadata.id, memory_.sequence(),
                         clock_.Now(), changes);
    } else {
      memory_.Saw(event.object, memory_.sequence(), clock_.Now(), changes);
    }
  }
  Notify(changes);
  return absl::OkStatus();
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
