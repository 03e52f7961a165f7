#include "shim/kube/testing/fake_kube_client.h"

#include <algorithm>
#include <memory>
#include <stop_token>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "shim/kube/testing/fake_selection.h"

namespace evroc::shim {
namespace {

using Store = FakeKubeStore;

// The event of a change as a watch with that selection sees it.
std::optional<WatchEvent> EventOf(const Store::Change& change,
                                  const FakeSelection& selection) {
  if (change.bookmark) {
    Json object = Json::Object(
        {{"apiVersion", change.type.ApiVersion()}, {"kind", change.type.kind}});
    object.SetAt("metadata.resourceVersion", absl::StrCat(change.version));
    return WatchEvent{WatchEvent::Type::kBookmark, std::move(object)};
  }
  const bool was =
      change.before != nullptr && selection.Matches(*change.before);
  const bool is = change.after != nullptr && selection.Matches(*change.after);
  if (!was && !is) return std::nullopt;
  if (was && is) return WatchEvent{WatchEvent::Type::kModified, *change.after};
  if (is) return WatchEvent{WatchEvent::Type::kAdded, *change.after};
  Json last = *change.before;
  last.SetAt("metadata.resourceVersion", absl::StrCat(change.version));
  return WatchEvent{WatchEvent::Type::kDeleted, std::move(last)};
}

std::string ResourceName(const ResourceType& type,
                         absl::string_view subresource) {
  return subresource.empty() ? std::string(type.plural)
                             : absl::StrCat(type.plural, "/", subresource);
}

}  // namespace

FakeKubeClient::FakeKubeClient(Clock& clock)
    : clock_(clock),
      types_({kClusterType, kMachineType, kEvrocClusterType, kEvrocMachineType,
              kEvrocMachineTemplateType, kSecretType, kConfigMapType, kNodeType,
              kEventType, kLeaseType}) {}

void FakeKubeClient::AddType(const ResourceType& type) {
  absl::MutexLock lock(&mutex_);
  types_.push_back(type);
}

absl::Status FakeKubeClient::Begin(const CallContext& context,
                                   absl::string_view verb,
                                   const ResourceType& type,
                                   absl::string_view subresource,
                                   absl::Status* after) {
  EVROC_RETURN_IF_ERROR(CheckAlive(context, clock_));
  const Name name(verb, ResourceName(type, subresource));
  Fault fault{Point::kBefore, absl::OkStatus(), nullptr};
  {
    absl::MutexLock lock(&mutex_);
    if (std::find(types_.begin(), types_.end(), type) == types_.end()) {
      return absl::UnavailableError(
          absl::StrCat("the server has no resource ", type.plural));
    }
    ++calls_[name];
    std::deque<Fault>& waiting = faults_[name];
    if (!waiting.empty()) {
      fault = std::move(waiting.front());
      waiting.pop_front();
    }
  }
  if (fault.action != nullptr) fault.action();
  if (fault.point == Point::kBefore) return fault.status;
  CHECK(after != nullptr) << verb << " can't fail after it was done";
  *after = fault.status;
  return absl::OkStatus();
}

absl::StatusOr<Json> FakeKubeClient::Get(const CallContext& context,
                                         const ResourceType& type,
                                         const ObjectKey& key) {
  EVROC_RETURN_IF_ERROR(Begin(context, "get", type, ""));
  absl::MutexLock lock(&mutex_);
  return store_.Get(type, key);
}

absl::StatusOr<std::string> FakeKubeClient::List(const CallContext& context,
                                                 const ResourceType& type,
                                                 const Selection& selection,
                                                 const ObjectSink& sink) {
  EVROC_RETURN_IF_ERROR(Begin(context, "list", type, ""));
  EVROC_ASSIGN_OR_RETURN(const FakeSelection selected,
                         FakeSelection::Make(selection));
  std::vector<Store::Object> objects;
  int64_t version = 0;
  {
    absl::MutexLock lock(&mutex_);
    objects = store_.List(type);
    version = store_.version();
  }
  for (const Store::Object& object : objects) {
    if (!selected.Matches(*object)) continue;
    EVROC_RETURN_IF_ERROR(sink(selected.Shown(*object)));
  }
  return absl::StrCat(version);
}

absl::Status FakeKubeClient::Watch(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const std::string& resource_version,
                                   const EventSink& sink) {
  EVROC_RETURN_IF_ERROR(Begin(context, "watch", type, ""));
  int64_t version = 0;
  if (!resource_version.empty() &&
      !absl::SimpleAtoi(resource_version, &version)) {
    return absl::InvalidArgumentError("a resourceVersion is a number");
  }
  if (version == 0) return WatchFromNow(context, type, selection, sink);
  size_t next = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (version < oldest_version_) {
      return absl::OutOfRangeError("too old resource version");
    }
    const std::vector<Store::Change>& changes = store_.changes();
    while (next < changes.size() && changes[next].version <= version) ++next;
  }
  return WatchFrom(context, type, selection, next, sink);
}

absl::Status FakeKubeClient::WatchFromNow(const CallContext& context,
                                          const ResourceType& type,
                                          const Selection& selection,
                                          const EventSink& sink) {
  EVROC_ASSIGN_OR_RETURN(const FakeSelection selected,
                         FakeSelection::Make(selection));
  std::vector<Store::Object> objects;
  size_t next = 0;
  {
    absl::MutexLock lock(&mutex_);
    objects = store_.List(type);
    next = store_.changes().size();
  }
  for (const Store::Object& object : objects) {
    if (!selected.Matches(*object)) continue;
    EVROC_RETURN_IF_ERROR(
        sink({WatchEvent::Type::kAdded, selected.Shown(*object)}));
  }
  return WatchFrom(context, type, selection, next, sink);
}

absl::Status FakeKubeClient::WatchFrom(const CallContext& context,
                                       const ResourceType& type,
                                       const Selection& selection, size_t next,
                                       const EventSink& sink) {
  EVROC_ASSIGN_OR_RETURN(const FakeSelection selected,
                         FakeSelection::Make(selection));
  const std::stop_callback wake(context.cancel,
                                [this] { absl::MutexLock lock(&mutex_); });
  int generation = 0;
  {
    absl::MutexLock lock(&mutex_);
    ++watches_;
    generation = watch_generation_;
  }
  const absl::Cleanup closed = [this] {
    absl::MutexLock lock(&mutex_);
    --watches_;
  };
  while (true) {
    std::vector<Store::Change> fresh;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_changes = [&] {
        mutex_.AssertReaderHeld();
        return store_.changes().size() > next ||
               watch_generation_ != generation ||
               context.cancel.stop_requested();
      };
      if (context.deadline == absl::InfiniteFuture()) {
        // Not on the clock: it must not count among the clock's waiters.
        mutex_.Await(absl::Condition(&has_changes));
      } else {
        clock_.AwaitWithDeadline(mutex_, absl::Condition(&has_changes),
                                 context.deadline);
      }
      EVROC_RETURN_IF_ERROR(CheckAlive(context, clock_));
      const std::vector<Store::Change>& changes = store_.changes();
      fresh.assign(changes.begin() + static_cast<ptrdiff_t>(next),
                   changes.end());
      next = changes.size();
      if (fresh.empty()) return absl::OkStatus();  // EndWatches
    }
    for (const Store::Change& change : fresh) {
      if (change.type != type) continue;
      std::optional<WatchEvent> event = EventOf(change, selected);
      if (!event.has_value()) continue;
      event->object = selected.Shown(event->object);
      EVROC_RETURN_IF_ERROR(sink(*std::move(event)));
    }
  }
}

absl::StatusOr<Json> FakeKubeClient::Create(const CallContext& context,
                                            const ResourceType& type,
                                            const Json& object) {
  absl::Status after;
  EVROC_RETURN_IF_ERROR(Begin(context, "create", type, "", &after));
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> made = store_.Create(type, object, clock_.Now());
  EVROC_RETURN_IF_ERROR(after);
  return made;
}

absl::StatusOr<Json> FakeKubeClient::Update(const CallContext& context,
                                            const ResourceType& type,
                                            const Json& object) {
  absl::Status after;
  EVROC_RETURN_IF_ERROR(Begin(context, "update", type, "", &after));
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> updated = store_.Update(type, object);
  EVROC_RETURN_IF_ERROR(after);
  return updated;
}

absl::StatusOr<Json> FakeKubeClient::Patch(const CallContext& context,
                                           const ResourceType& type,
                                           const ObjectKey& key,
                                           absl::string_view subresource,
                                           const Json& patch) {
  absl::Status after;
  EVROC_RETURN_IF_ERROR(Begin(context, "patch", type, subresource, &after));
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> patched = store_.Patch(type, key, subresource, patch);
  EVROC_RETURN_IF_ERROR(after);
  return patched;
}

Json FakeKubeClient::Add(const ResourceType& type, const Json& object) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> made = store_.Create(type, object, clock_.Now());
  CHECK(made.ok()) << made.status();
  if (!HasStatus(type) || !object["status"].exists()) return *std::move(made);
  made = store_.Patch(type, KeyOf(*made), "status",
                      Json::Object({{"status", Json(object["status"])}}));
  CHECK(made.ok()) << made.status();
  return *std::move(made);
}

Json FakeKubeClient::Change(const ResourceType& type, const ObjectKey& key,
                            const Json& patch, absl::string_view subresource) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> changed = store_.Patch(type, key, subresource, patch);
  CHECK(changed.ok()) << changed.status();
  return *std::move(changed);
}

void FakeKubeClient::Delete(const ResourceType& type, const ObjectKey& key) {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = store_.Delete(type, key, clock_.Now());
  CHECK(status.ok()) << status;
}

std::optional<Json> FakeKubeClient::Find(const ResourceType& type,
                                         const ObjectKey& key) const {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Json> found = store_.Get(type, key);
  if (!found.ok()) return std::nullopt;
  return *std::move(found);
}

std::vector<Json> FakeKubeClient::All(const ResourceType& type) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Json> all;
  for (const Store::Object& object : store_.List(type)) all.push_back(*object);
  return all;
}

void FakeKubeClient::FailNext(absl::string_view verb, absl::string_view plural,
                              absl::Status status, Point point) {
  absl::MutexLock lock(&mutex_);
  faults_[Name(verb, plural)].push_back({point, std::move(status), nullptr});
}

void FakeKubeClient::RunBefore(absl::string_view verb, absl::string_view plural,
                               std::function<void()> action) {
  absl::MutexLock lock(&mutex_);
  faults_[Name(verb, plural)].push_back(
      {Point::kBefore, absl::OkStatus(), std::move(action)});
}

void FakeKubeClient::EndWatches() {
  absl::MutexLock lock(&mutex_);
  ++watch_generation_;
}

void FakeKubeClient::ForgetHistory() {
  absl::MutexLock lock(&mutex_);
  oldest_version_ = store_.version() + 1;
  store_.AddBookmark({});
}

void FakeKubeClient::SendBookmark(const ResourceType& type) {
  absl::MutexLock lock(&mutex_);
  store_.AddBookmark(type);
}

int FakeKubeClient::CallCount(absl::string_view verb,
                              absl::string_view plural) const {
  absl::MutexLock lock(&mutex_);
  return CallCountLocked(Name(verb, plural));
}

int FakeKubeClient::CallCountLocked(const Name& name) const {
  const auto found = calls_.find(name);
  return found == calls_.end() ? 0 : found->second;
}

int FakeKubeClient::WriteCount() const {
  absl::MutexLock lock(&mutex_);
  int count = 0;
  for (const auto& [name, calls] : calls_) {
    const bool is_write = name.first == "create" || name.first == "update" ||
                          name.first == "patch";
    if (is_write) count += calls;
  }
  return count;
}

void FakeKubeClient::AwaitWatches(int count) const {
  absl::MutexLock lock(&mutex_);
  const auto reached = [&] {
    mutex_.AssertReaderHeld();
    return watches_ == count;
  };
  mutex_.Await(absl::Condition(&reached));
}

void FakeKubeClient::AwaitCalls(absl::string_view verb,
                                absl::string_view plural, int count) const {
  const Name name(verb, plural);
  absl::MutexLock lock(&mutex_);
  const auto reached = [&] {
    mutex_.AssertReaderHeld();
    return CallCountLocked(name) >= count;
  };
  mutex_.Await(absl::Condition(&reached));
}

}  // namespace evroc::shim
