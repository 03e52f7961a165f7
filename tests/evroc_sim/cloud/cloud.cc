#include "tests/evroc_sim/cloud/cloud.h"

#include <memory>
#include <stop_token>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/cloud/aggregates.h"
#include "tests/evroc_sim/cloud/default_network.h"
#include "tests/evroc_sim/cloud/saved_object.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/schema.h"
#include "tests/evroc_sim/rules/rules.h"
#include "tests/evroc_sim/rules/user_labels.h"

namespace evroc::sim {
namespace {

absl::Status StaleVersion(const Key& key) {
  const KindInfo& info = InfoOf(key.kind);
  return Conflict(absl::StrCat(
      "Operation cannot be fulfilled on ", info.collection, ".", info.service,
      ".evroc.com \"", key.id,
      "\": the object has been modified; read it again and retry"));
}

}  // namespace

Cloud::Cloud(AddressRanges ranges, Clock& clock)
    : clock_(clock),
      ranges_(ranges),
      lifecycle_({store_, settings_, ranges_, addresses_, faults_, contents_}),
      awaited_(absl::InfiniteFuture()),
      timers_([this] { RunTimers(); }) {}

Cloud::~Cloud() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  timers_.join();
}

absl::StatusOr<Written> Cloud::Create(const Key& key, Draft draft) {
  EVROC_RETURN_IF_ERROR(CheckId(key.id));
  EVROC_RETURN_IF_ERROR(CheckUserLabels(draft.labels));
  Written written;
  EVROC_RETURN_IF_ERROR(
      ApplySchema(SpecSchema(key.kind), draft.spec, &written.dropped));
  absl::MutexLock lock(&mutex_);
  EnsureProjectLocked(key.project, key.region);
  const absl::Time now = clock_.Now();
  Object object{.key = key, .uid = RandomUuid(), .created = now};
  object.user_labels = std::move(draft.labels);
  object.spec = std::move(draft.spec);
  ApplyDefaults(store_, settings_, object);
  EVROC_RETURN_IF_ERROR(CheckSpec(
      {store_, settings_, object, nullptr, now, draft.accepts_missing_groups}));
  if (store_.Find(key) != nullptr) {
    const KindInfo& info = InfoOf(key.kind);
    return AlreadyExists(absl::StrCat(info.collection, ".", info.service,
                                      ".evroc.com \"", key.id,
                                      "\" already exists"));
  }
  written.object = ViewLocked(lifecycle_.Begin(std::move(object), now));
  return written;
}

absl::StatusOr<ObjectPtr> Cloud::Get(const Key& key) {
  absl::MutexLock lock(&mutex_);
  EnsureProjectLocked(key.project, key.region);
  EVROC_ASSIGN_OR_RETURN(const ObjectPtr object, FindLocked(key));
  return ViewLocked(object);
}

std::vector<ObjectPtr> Cloud::List(Kind kind, const std::string& project,
                                   const std::string& region,
                                   const LabelSelector& selector) {
  absl::MutexLock lock(&mutex_);
  EnsureProjectLocked(project, region);
  std::vector<ObjectPtr> objects;
  store_.ForEach(kind, project, region, [&](const ObjectPtr& object) {
    const bool matches = selector.Matches([&](const std::string& key) {
      auto found = object->user_labels.find(key);
      if (found != object->user_labels.end()) return &found->second.str();
      found = object->system_labels.find(key);
      return found == object->system_labels.end() ? nullptr
                                                  : &found->second.str();
    });
    if (matches) objects.push_back(object);
  });
  if (HasAggregates(kind)) {
    for (ObjectPtr& object : objects) object = ViewLocked(object);
  }
  return objects;
}

absl::StatusOr<Written> Cloud::Update(const Key& key,
                                      const Revision& revision) {
  absl::MutexLock lock(&mutex_);
  EnsureProjectLocked(key.project, key.region);
  EVROC_ASSIGN_OR_RETURN(const ObjectPtr current, FindLocked(key));
  if (!revision.resource_version.empty() &&
      revision.resource_version != absl::StrCat(current->resource_version)) {
    return StaleVersion(key);
  }
  Written written;
  Object next = *current;
  if (!revision.spec.view().is_null()) {
    if (revision.replaces) next.spec = Json::Object();
    next.spec.MergePatch(revision.spec);
    EVROC_RETURN_IF_ERROR(
        ApplySchema(SpecSchema(key.kind), next.spec, &written.dropped));
    ApplyDefaults(store_, settings_, next);
  }
  const bool replace =
      revision.replaces || settings_.Choice("label_patch") == "replace";
  EVROC_ASSIGN_OR_RETURN(
      next.user_labels,
      PatchUserLabels(next.user_labels, revision.labels, replace));
  const absl::Time now = clock_.Now();
  EVROC_RETURN_IF_ERROR(
      CheckSpec({store_, settings_, next, current.get(), now}));
  const bool same_spec = next.spec == current->spec;
  if (same_spec && next.user_labels == current->user_labels) {
    written.object = ViewLocked(current);
    return written;
  }
  if (!same_spec) ++next.generation;
  written.object =
      ViewLocked(lifecycle_.Change(*current, std::move(next), now));
  return written;
}

absl::StatusOr<ObjectPtr> Cloud::Delete(const Key& key, absl::string_view uid) {
  absl::MutexLock lock(&mutex_);
  EnsureProjectLocked(key.project, key.region);
  EVROC_ASSIGN_OR_RETURN(const ObjectPtr object, FindLocked(key));
  if (!uid.empty() && uid != object->uid) {
    return Conflict(absl::StrCat("the UID in the precondition (", uid,
                                 ") is not that of ", key.id, " (", object->uid,
                                 ")"));
  }
  if (object->deleting && settings_.Choice("delete_again") == "conflict") {
    return Conflict(absl::StrCat(key.id, " is being deleted already"));
  }
  if (settings_.Choice("delete_in_use") == "refuse" &&
      lifecycle_.IsHeld(*object)) {
    return Conflict(absl::StrCat(key.id, " is still in use"));
  }
  const ObjectPtr leaving = lifecycle_.StartDeletion(*object, clock_.Now());
  return leaving == nullptr ? object : leaving;
}

absl::Status Cloud::ActOnMachine(const Key& key, absl::string_view action) {
  absl::MutexLock lock(&mutex_);
  const ObjectPtr machine = store_.Find(key);
  if (machine == nullptr) return NotFound("there is no such machine");
  if (action == "vanish") {
    lifecycle_.Vanish(*machine, clock_.Now());
    return absl::OkStatus();
  }
  return lifecycle_.Act(*machine, action, clock_.Now()).status();
}

bool Cloud::AwaitChanges(const CallContext& context, int64_t& version,
                         std::vector<Change>& changes) {
  const std::stop_callback wake(context.cancel,
                                [this] { absl::MutexLock lock(&mutex_); });
  absl::MutexLock lock(&mutex_);
  struct Waiter {
    const Store& store;
    const int64_t version;
    const std::stop_token& cancel;
    bool IsOver() const {
      return store.resource_version() > version || cancel.stop_requested();
    }
  } waiter{store_, version, context.cancel};
  clock_.AwaitWithDeadline(mutex_, absl::Condition(&waiter, &Waiter::IsOver),
                           context.deadline);
  changes.clear();
  if (!store_.ChangesSince(version, &changes)) return false;
  if (!changes.empty()) version = changes.back().resource_version;
  return true;
}

int64_t Cloud::resource_version() const {
  absl::MutexLock lock(&mutex_);
  return store_.resource_version();
}

void Cloud::AwaitDueSteps() const {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Cloud::NothingDueLocked));
}

Settings Cloud::settings() const {
  absl::MutexLock lock(&mutex_);
  return settings_;
}

absl::Status Cloud::UpdateSettings(JsonView patch) {
  absl::MutexLock lock(&mutex_);
  return settings_.Update(patch);
}

void Cloud::EditFaults(absl::FunctionRef<void(ObjectFaults&)> edit) {
  absl::MutexLock lock(&mutex_);
  edit(faults_);
}

void Cloud::Read(absl::FunctionRef<void(const Store&)> read) const {
  absl::ReaderMutexLock lock(&mutex_);
  read(store_);
}

Json Cloud::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json objects = Json::Array();
  store_.ForEach(
      [&](const ObjectPtr& object) { objects.Push(ToSavedJson(*object)); });
  return Json::Object({{"settings", settings_.ToJson()},
                       {"resourceVersion", store_.resource_version()},
                       {"objects", std::move(objects)},
                       {"departed", ToSavedJson(store_.departed())},
                       {"contents", contents_.SaveState()}});
}

absl::Status Cloud::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  EVROC_RETURN_IF_ERROR(settings_.Update(state["settings"]));
  const JsonView objects = state["objects"];
  for (size_t i = 0; i < objects.size(); ++i) {
    EVROC_ASSIGN_OR_RETURN(Object object, FromSavedJson(objects[i]));
    projects_.insert({object.key.project, object.key.region});
    lifecycle_.Restore(std::move(object), clock_.Now());
  }
  for (DepartedMachine& machine : DepartedFromSavedJson(state["departed"])) {
    store_.AddDeparted(std::move(machine), clock_.Now());
  }
  store_.AdvanceVersion(state["resourceVersion"].Integer());
  return contents_.LoadState(state["contents"]);
}

void Cloud::RunTimers() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    lifecycle_.RunDue(clock_.Now());
    awaited_ = lifecycle_.next_due();
    clock_.AwaitWithDeadline(
        mutex_, absl::Condition(this, &Cloud::TimersChangedLocked), awaited_);
  }
}

void Cloud::EnsureProjectLocked(const std::string& project,
                                const std::string& region) {
  if (!projects_.insert({project, region}).second) return;
  const absl::Time now = clock_.Now();
  for (Object& object : DefaultNetwork(project, region)) {
    object.uid = RandomUuid();
    object.created = now;
    ApplyDefaults(store_, settings_, object);
    lifecycle_.Begin(std::move(object), now);
  }
}

absl::StatusOr<ObjectPtr> Cloud::FindLocked(const Key& key) const {
  if (ObjectPtr object = store_.Find(key)) return object;
  if (settings_.Choice("missing_object") == "forbidden") {
    return Forbidden("access denied");
  }
  const KindInfo& info = InfoOf(key.kind);
  return NotFound(absl::StrCat(info.collection, ".", info.service,
                               ".evroc.com \"", key.id, "\" not found"));
}

ObjectPtr Cloud::ViewLocked(const ObjectPtr& object) const {
  if (!HasAggregates(object->key.kind)) return object;
  auto view = std::make_shared<Object>(*object);
  view->status = StatusWithAggregates(*object, store_, settings_);
  view->rest_json = ToRestJson(*view).Dump();
  return view;
}

}  // namespace evroc::sim
