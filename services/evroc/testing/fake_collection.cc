#include "services/evroc/testing/fake_collection.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/labels/label_selector.h"
#include "common/names/dns_label.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/api/spec.h"

namespace evroc::cloud {
namespace {

// evroc-api.md B.9.7.
absl::Status CheckNames(absl::string_view id, const Labels& labels) {
  if (!IsDnsLabel(id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("id \"", id, "\" is no RFC 1123 label"));
  }
  for (const auto& [key, value] : labels) {
    if (key.empty() || key.size() > 253 ||
        absl::string_view(key).find('/') != absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("bad label key \"", key.str(), "\""));
    }
    if (value.size() > 63) {
      return absl::InvalidArgumentError(absl::StrCat(
          "value of label \"", key.str(), "\" is over 63 characters"));
    }
  }
  return absl::OkStatus();
}

std::string Uid(absl::string_view kind, int64_t number) {
  uint32_t hash = 2166136261;
  for (char c : kind) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return absl::StrFormat("%08x-0000-4000-8000-%012x", hash, number);
}

// Returns the spec, labels and create-only members of `wanted`, and the
// observed members of `stored`.
template <typename T>
T Merged(const T& stored, const T& wanted) {
  T merged = wanted;
  merged.metadata = stored.metadata;
  merged.metadata.labels = wanted.metadata.labels;
  if constexpr (requires { merged.status; }) merged.status = stored.status;
  if constexpr (requires { merged.user_data; }) {
    merged.user_data = stored.user_data;
    merged.ssh_authorized_keys = stored.ssh_authorized_keys;
  }
  return merged;
}

template <typename T>
bool SameSpecButLabels(T a, const T& b) {
  a.metadata.labels = b.metadata.labels;
  return SameSpec(a, b);
}

}  // namespace

// The state of one Watch; guarded by the collection's mutex.
template <typename T>
struct FakeCollection<T>::WatchState {
  int64_t cursor = 0;
  int round = 0;
  bool cancelled = false;
  const FakeCollection* collection = nullptr;

  bool Ready() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return cancelled || round != collection->watch_round_ ||
           (!collection->history_.empty() &&
            collection->history_.back().version > cursor);
  }
};

template <typename T>
FakeCollection<T>::FakeCollection(std::string kind, FakeRules<T> rules,
                                  Clock& clock)
    : kind_(std::move(kind)), rules_(std::move(rules)), clock_(clock) {}

template <typename T>
template <typename R, typename Work>
R FakeCollection<T>::Run(const CallContext& context, Verb verb, Work work) {
  const FakeFaults::Fault fault = faults_.Begin(verb);
  absl::Status refusal = Refuse(context);
  if (!refusal.ok()) return refusal;
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  R result = work();
  if (fault.after) fault.after();
  if (!fault.error.ok()) return fault.error;
  return result;
}

template <typename T>
absl::Status FakeCollection<T>::Refuse(const CallContext& context) const {
  {
    absl::MutexLock lock(&mutex_);
    if (!behaviour_.missing_in.empty()) {
      return absl::UnimplementedError(
          absl::StrCat(behaviour_.missing_in, " has no ", kind_));
    }
  }
  return CheckAlive(context, clock_);
}

template <typename T>
absl::StatusOr<T> FakeCollection<T>::Get(const CallContext& context,
                                         const Id<T>& id) {
  return Run<absl::StatusOr<T>>(
      context, Verb::kGet, [&]() -> absl::StatusOr<T> {
        absl::MutexLock lock(&mutex_);
        const auto found = objects_.find(id);
        if (found == objects_.end()) {
          return absl::NotFoundError(
              absl::StrCat(kind_, " \"", id.value(), "\" not found"));
        }
        return WithoutCreateOnly(found->second.object);
      });
}

template <typename T>
absl::StatusOr<Listing<T>> FakeCollection<T>::ListReadable(
    const CallContext& context, absl::string_view label_selector) {
  return Run<absl::StatusOr<Listing<T>>>(
      context, Verb::kList, [&]() -> absl::StatusOr<Listing<T>> {
        EVROC_ASSIGN_OR_RETURN(const LabelSelector selector,
                               LabelSelector::Parse(label_selector));
        absl::MutexLock lock(&mutex_);
        Listing<T> listing;
        listing.unread = behaviour_.unread;
        if (behaviour_.can_watch) {
          listing.resource_version = absl::StrCat(version_);
        }
        for (const auto& [id, stored] : listed_ ? *listed_ : objects_) {
          if (selector.Matches(stored.object.metadata.labels)) {
            listing.items.push_back(WithoutCreateOnly(stored.object));
          }
        }
        return listing;
      });
}

template <typename T>
absl::StatusOr<T> FakeCollection<T>::Create(const CallContext& context,
                                            const T& object) {
  return Run<absl::StatusOr<T>>(
      context, Verb::kCreate, [&]() -> absl::StatusOr<T> {
        absl::Status check =
            CheckNames(object.metadata.id.value(), object.metadata.labels);
        if (check.ok() && rules_.check_create) {
          check = rules_.check_create(object);
        }
        if (!check.ok()) return check;
        return Insert(object);
      });
}

template <typename T>
absl::StatusOr<T> FakeCollection<T>::Insert(T object) {
  Metadata<T> metadata;
  metadata.id = object.metadata.id;
  metadata.labels = object.metadata.labels;
  metadata.generation = 1;
  metadata.created = clock_.Now();
  object.metadata = std::move(metadata);
  if constexpr (requires { object.status; }) object.status = {};
  if (rules_.on_create) rules_.on_create(object);
  const Id<T> id = object.metadata.id;

  absl::MutexLock lock(&mutex_);
  if (objects_.contains(id)) {
    return absl::AlreadyExistsError(
        absl::StrCat(kind_, " \"", id.value(), "\" already exists"));
  }
  object.metadata.uid = Uid(kind_, ++created_);
  StoreLocked({.object = std::move(object)});
  return WithoutCreateOnly(objects_[id].object);
}

template <typename T>
absl::StatusOr<T> FakeCollection<T>::Update(const CallContext& context,
                                            const T& current, const T& wanted) {
  if (SameSpec(current, wanted)) return current;
  return Run<absl::StatusOr<T>>(
      context, Verb::kUpdate, [&]() -> absl::StatusOr<T> {
        absl::Status check =
            CheckNames(wanted.metadata.id.value(), wanted.metadata.labels);
        if (check.ok() && current.metadata.id != wanted.metadata.id) {
          check = absl::InvalidArgumentError("an id can't be changed");
        }
        if (check.ok() && rules_.check_update) {
          check = rules_.check_update(current, wanted);
        }
        if (!check.ok()) return check;
        return Replace(current, wanted);
      });
}

template <typename T>
absl::StatusOr<T> FakeCollection<T>::Replace(const T& current,
                                             const T& wanted) {
  const Id<T>& id = wanted.metadata.id;
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(id);
  if (found == objects_.end()) {
    return absl::NotFoundError(
        absl::StrCat(kind_, " \"", id.value(), "\" not found"));
  }
  Stored stored = found->second;
  const std::string& version = current.metadata.resource_version;
  if (!version.empty() && version != stored.object.metadata.resource_version) {
    return absl::AbortedError(
        absl::StrCat(kind_, " \"", id.value(), "\": the object was modified"));
  }
  T merged = Merged(stored.object, wanted);
  if (!SameSpecButLabels(stored.object, merged)) ++merged.metadata.generation;
  stored.object = std::move(merged);
  StoreLocked(std::move(stored));
  return WithoutCreateOnly(objects_[id].object);
}

template <typename T>
absl::Status FakeCollection<T>::Delete(const CallContext& context,
                                       const Id<T>& id,
                                       const std::string& uid) {
  return Run<absl::Status>(context, Verb::kDelete,
                           [&] { return StartDeletion(id, uid); });
}

template <typename T>
absl::Status FakeCollection<T>::StartDeletion(const Id<T>& id,
                                              const std::string& uid) {
  const std::optional<T> object = Find(id);
  const bool in_use = object && rules_.in_use && rules_.in_use(*object);
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(id);
  if (found == objects_.end()) {
    return absl::NotFoundError(
        absl::StrCat(kind_, " \"", id.value(), "\" not found"));
  }
  if (behaviour_.checks_uid && !uid.empty() &&
      uid != found->second.object.metadata.uid) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition,
        absl::StrCat(kind_, " \"", id.value(), "\" has another UID"),
        {.reason = std::string(kInUse)});
  }
  if (behaviour_.drops_deletion) return absl::OkStatus();
  if (in_use && behaviour_.refuse_delete_in_use) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     absl::StrCat(kind_, " \"", id.value(), "\" is in use"),
                     {.reason = std::string(kInUse)});
  }
  if (!in_use && !behaviour_.lingering_deletion) {
    RemoveLocked(id);
    return absl::OkStatus();
  }
  if (found->second.deleting) return absl::OkStatus();
  Stored stored = found->second;
  stored.deleting = true;
  stored.object.metadata.deleting = behaviour_.shows_deletion;
  StoreLocked(std::move(stored));
  return absl::OkStatus();
}

template <typename T>
bool FakeCollection<T>::can_watch() const {
  absl::MutexLock lock(&mutex_);
  return behaviour_.can_watch;
}

template <typename T>
absl::Status FakeCollection<T>::Watch(
    const CallContext& context, absl::string_view resource_version,
    const std::function<absl::Status(const WatchEvent<T>&)>& sink) {
  return Run<absl::Status>(context, Verb::kWatch, [&]() -> absl::Status {
    if (!can_watch()) return absl::UnimplementedError("no watch in this API");
    WatchState state{.collection = this};
    if (!absl::SimpleAtoi(resource_version, &state.cursor)) {
      return absl::InvalidArgumentError(
          absl::StrCat("bad version \"", resource_version, "\""));
    }
    {
      absl::MutexLock lock(&mutex_);
      if (state.cursor < forgotten_) {
        return absl::OutOfRangeError("the version is too old");
      }
      state.round = watch_round_;
    }
    const std::stop_callback wake(context.cancel, [&] {
      absl::MutexLock lock(&mutex_);
      state.cancelled = true;
    });
    return Stream(context, state, sink);
  });
}

template <typename T>
absl::Status FakeCollection<T>::Stream(
    const CallContext& context, WatchState& state,
    const std::function<absl::Status(const WatchEvent<T>&)>& sink) {
  while (true) {
    WatchEvent<T> event;
    {
      absl::MutexLock lock(&mutex_);
      clock_.AwaitWithDeadline(mutex_,
                               absl::Condition(&state, &WatchState::Ready),
                               context.deadline);
      if (state.round != watch_round_) return absl::OkStatus();
      const auto next = std::find_if(
          history_.begin(), history_.end(),
          [&](const Entry& entry) { return entry.version > state.cursor; });
      if (next != history_.end() && !state.cancelled) {
        state.cursor = next->version;
        event = next->event;
      } else {
        return state.cancelled
                   ? absl::CancelledError("the watch was cancelled")
                   : absl::DeadlineExceededError("the watch ran out of time");
      }
    }
    absl::Status status = sink(event);
    if (!status.ok()) return status;
  }
}

template <typename T>
void FakeCollection<T>::set_behaviour(Behaviour behaviour) {
  absl::MutexLock lock(&mutex_);
  behaviour_ = std::move(behaviour);
}

template <typename T>
void FakeCollection<T>::Put(T object) {
  absl::MutexLock lock(&mutex_);
  if (object.metadata.uid.empty()) {
    object.metadata.uid = Uid(kind_, ++created_);
  }
  StoreLocked({.object = std::move(object)});
}

template <typename T>
void FakeCollection<T>::Change(const Id<T>& id,
                               const std::function<void(T&)>& change) {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(id);
  if (found == objects_.end()) return;
  Stored stored = found->second;
  change(stored.object);
  StoreLocked(std::move(stored));
}

template <typename T>
void FakeCollection<T>::Vanish(const Id<T>& id) {
  absl::MutexLock lock(&mutex_);
  if (objects_.contains(id)) RemoveLocked(id);
}

template <typename T>
void FakeCollection<T>::FreezeLists(bool frozen) {
  absl::MutexLock lock(&mutex_);
  listed_.reset();
  if (frozen) listed_ = objects_;
}

template <typename T>
std::optional<T> FakeCollection<T>::Find(const Id<T>& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(id);
  if (found == objects_.end()) return std::nullopt;
  return found->second.object;
}

template <typename T>
std::vector<T> FakeCollection<T>::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<T> all;
  all.reserve(objects_.size());
  for (const auto& [id, stored] : objects_) all.push_back(stored.object);
  return all;
}

template <typename T>
bool FakeCollection<T>::deleting(const Id<T>& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(id);
  return found != objects_.end() && found->second.deleting;
}

template <typename T>
bool FakeCollection<T>::Settle() {
  bool changed = false;
  for (const T& object : All()) {
    const Id<T>& id = object.metadata.id;
    const bool in_use = rules_.in_use && rules_.in_use(object);
    T settled = object;
    if (rules_.settle) rules_.settle(settled);
    absl::MutexLock lock(&mutex_);
    const auto found = objects_.find(id);
    // A concurrent change won: the next step handles the new state.
    if (found == objects_.end() || found->second.object != object) continue;
    if (found->second.deleting && !in_use) {
      RemoveLocked(id);
      changed = true;
    } else if (settled != object) {
      StoreLocked({std::move(settled), found->second.deleting});
      changed = true;
    }
  }
  return changed;
}

template <typename T>
void FakeCollection<T>::EndWatches() {
  absl::MutexLock lock(&mutex_);
  ++watch_round_;
}

template <typename T>
void FakeCollection<T>::ForgetHistory() {
  absl::MutexLock lock(&mutex_);
  history_.clear();
  forgotten_ = ++version_;
}

template <typename T>
void FakeCollection<T>::SendBookmark() {
  absl::MutexLock lock(&mutex_);
  WatchEvent<T> event{.type = WatchEvent<T>::Type::kBookmark};
  event.object.metadata.resource_version = absl::StrCat(++version_);
  history_.push_back({version_, std::move(event)});
}

template <typename T>
void FakeCollection<T>::StoreLocked(Stored stored) {
  stored.object.metadata.resource_version = absl::StrCat(++version_);
  history_.push_back({version_, {.object = WithoutCreateOnly(stored.object)}});
  const Id<T> id = stored.object.metadata.id;
  objects_[id] = std::move(stored);
}

template <typename T>
void FakeCollection<T>::RemoveLocked(const Id<T>& id) {
  T object = WithoutCreateOnly(objects_[id].object);
  object.metadata.resource_version = absl::StrCat(++version_);
  objects_.erase(id);
  history_.push_back(
      {version_,
       {.type = WatchEvent<T>::Type::kDeleted, .object = std::move(object)}});
}

template class FakeCollection<Vpc>;
template class FakeCollection<Subnet>;
template class FakeCollection<SecurityGroup>;
template class FakeCollection<PublicIp>;
template class FakeCollection<LoadBalancer>;
template class FakeCollection<BackendPool>;
template class FakeCollection<BackendService>;
template class FakeCollection<L4Route>;
template class FakeCollection<VirtualMachine>;
template class FakeCollection<Disk>;
template class FakeCollection<PlacementGroup>;
template class FakeCollection<HotswapAttachment>;

}  // namespace evroc::cloud
