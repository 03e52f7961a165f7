#include "shim/kube/testing/fake_kube_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

// The fields that only the server sets.
constexpr absl::string_view kServersOwn[] = {"metadata.name",
                                             "metadata.namespace",
                                             "metadata.uid",
                                             "metadata.generation",
                                             "metadata.creationTimestamp",
                                             "metadata.deletionTimestamp"};

std::string Describe(const ResourceType& type, const ObjectKey& key) {
  return absl::StrCat(type.plural, " \"", ToString(key), "\"");
}

absl::Status Invalid(const ResourceType& type, const ObjectKey& key,
                     absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(Describe(type, key), " is invalid: ", why));
}

absl::Status CheckNew(const ResourceType& type, JsonView object) {
  const ObjectKey key = KeyOf(object);
  if (object["apiVersion"].String() != type.ApiVersion() ||
      object["kind"].String() != type.kind) {
    return Invalid(type, key, "its apiVersion and kind are of another type");
  }
  if (key.name_space.empty() == type.namespaced) {
    return Invalid(type, key, "its namespace is missing, or one too many");
  }
  if (object.At("metadata.resourceVersion").exists()) {
    return Invalid(type, key, "a new object has no resourceVersion");
  }
  return absl::OkStatus();
}

// Copies the value at `path` from `from`, or removes it if `from` has none.
void Keep(absl::string_view path, JsonView from, Json& to) {
  if (from.At(path).exists()) {
    to.SetAt(path, Json(from.At(path)));
    return;
  }
  if (!to.At(path).exists()) return;
  Json removal = Json::Object();
  removal.SetAt(path, Json());
  to.MergePatch(removal);
}

bool IsDeleting(JsonView object) {
  return object.At("metadata.deletionTimestamp").exists();
}

bool HasFinalizers(JsonView object) {
  return object.At("metadata.finalizers").size() > 0;
}

bool AddsFinalizers(JsonView before, JsonView after) {
  const JsonView now = after.At("metadata.finalizers");
  const JsonView old = before.At("metadata.finalizers");
  for (size_t i = 0; i < now.size(); ++i) {
    bool known = false;
    for (size_t j = 0; j < old.size(); ++j) {
      known |= now[i].String() == old[j].String();
    }
    if (!known) return true;
  }
  return false;
}

// The object without metadata and status.
Json DesiredState(JsonView object) {
  Json desired(object);
  desired.Remove("metadata");
  desired.Remove("status");
  return desired;
}

}  // namespace

bool HasStatus(const ResourceType& type) {
  return type != kSecretType && type != kConfigMapType && type != kEventType &&
         type != kLeaseType;
}

std::string FakeKubeStore::IdOf(const ResourceType& type) {
  return absl::StrCat(type.group, "/", type.plural);
}

FakeKubeStore::Object FakeKubeStore::Find(const ResourceType& type,
                                          const ObjectKey& key) const {
  const auto objects = objects_.find(IdOf(type));
  if (objects == objects_.end()) return nullptr;
  const auto found = objects->second.find(key);
  return found == objects->second.end() ? nullptr : found->second;
}

void FakeKubeStore::Record(const ResourceType& type, Object before,
                           Object after) {
  changes_.push_back({.version = version_,
                      .type = type,
                      .before = std::move(before),
                      .after = std::move(after)});
}

absl::StatusOr<Json> FakeKubeStore::Get(const ResourceType& type,
                                        const ObjectKey& key) const {
  const Object object = Find(type, key);
  if (object != nullptr) return *object;
  return absl::NotFoundError(absl::StrCat(Describe(type, key), " not found"));
}

absl::StatusOr<Json> FakeKubeStore::Create(const ResourceType& type,
                                           const Json& object, absl::Time now) {
  EVROC_RETURN_IF_ERROR(CheckNew(type, object));
  Json made = object;
  ++made_;
  const absl::string_view prefix = object.At("metadata.generateName").String();
  if (KeyOf(made).name.empty() && !prefix.empty()) {
    made.SetAt("metadata.name", absl::StrCat(prefix, made_));
  }
  const ObjectKey key = KeyOf(made);
  if (key.name.empty()) return Invalid(type, key, "its name is missing");
  if (Find(type, key) != nullptr) {
    return absl::AlreadyExistsError(
        absl::StrCat(Describe(type, key), " already exists"));
  }
  made.SetAt("metadata.uid",
             absl::StrFormat("00000000-0000-4000-8000-%012d", made_));
  made.SetAt("metadata.creationTimestamp",
             absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()));
  made.SetAt("metadata.resourceVersion", absl::StrCat(++version_));
  if (HasStatus(type)) {
    made.Remove("status");
    made.SetAt("metadata.generation", 1);
  }
  const auto stored = std::make_shared<const Json>(std::move(made));
  ObjectsOf(type)[key] = stored;
  Record(type, nullptr, stored);
  return *stored;
}

absl::StatusOr<Json> FakeKubeStore::Replace(const ResourceType& type,
                                            const ObjectKey& key,
                                            const Object& current, Json next) {
  for (const absl::string_view path : kServersOwn) Keep(path, *current, next);
  Keep("metadata.resourceVersion", *current, next);
  if (IsDeleting(*current) && AddsFinalizers(*current, next)) {
    return Invalid(type, key,
                   "no finalizer can be added to what is being deleted");
  }
  const bool removed = IsDeleting(next) && !HasFinalizers(next);
  if (next == *current && !removed) return *current;
  if (HasStatus(type) && DesiredState(next) != DesiredState(*current)) {
    next.SetAt("metadata.generation",
               current->At("metadata.generation").Integer() + 1);
  }
  next.SetAt("metadata.resourceVersion", absl::StrCat(++version_));
  const auto stored = std::make_shared<const Json>(std::move(next));
  if (removed) {
    ObjectsOf(type).erase(key);
    Record(type, stored, nullptr);
  } else {
    ObjectsOf(type)[key] = stored;
    Record(type, current, stored);
  }
  return *stored;
}

absl::StatusOr<Json> FakeKubeStore::Update(const ResourceType& type,
                                           const Json& object) {
  const ObjectKey key = KeyOf(object);
  const Object current = Find(type, key);
  if (current == nullptr) return Get(type, key);
  const absl::string_view version =
      object.At("metadata.resourceVersion").String();
  if (version.empty()) {
    return Invalid(type, key, "an update needs a resourceVersion");
  }
  if (version != current->At("metadata.resourceVersion").String()) {
    return absl::AbortedError(
        absl::StrCat(Describe(type, key), " has been modified"));
  }
  Json next = object;
  if (HasStatus(type)) Keep("status", *current, next);
  return Replace(type, key, current, std::move(next));
}

absl::StatusOr<Json> FakeKubeStore::Patch(const ResourceType& type,
                                          const ObjectKey& key,
                                          absl::string_view subresource,
                                          const Json& patch) {
  if (!subresource.empty() && (subresource != "status" || !HasStatus(type))) {
    return absl::NotFoundError(
        absl::StrCat(type.plural, " have no subresource ", subresource));
  }
  const Object current = Find(type, key);
  if (current == nullptr) return Get(type, key);
  const JsonView version = patch.At("metadata.resourceVersion");
  if (version.exists() &&
      version.String() != current->At("metadata.resourceVersion").String()) {
    return absl::AbortedError(
        absl::StrCat(Describe(type, key), " has been modified"));
  }
  Json patched = *current;
  patched.MergePatch(patch);
  if (KeyOf(patched) != key) {
    return Invalid(type, key, "a patch can't change the name");
  }
  if (!HasStatus(type)) return Replace(type, key, current, std::move(patched));
  if (subresource.empty()) {
    Keep("status", *current, patched);
    return Replace(type, key, current, std::move(patched));
  }
  Json next = *current;
  Keep("status", patched, next);
  return Replace(type, key, current, std::move(next));
}

absl::Status FakeKubeStore::Delete(const ResourceType& type,
                                   const ObjectKey& key, absl::Time now) {
  const Object current = Find(type, key);
  if (current == nullptr) return Get(type, key).status();
  if (HasFinalizers(*current) && IsDeleting(*current)) return absl::OkStatus();
  Json next = *current;
  next.SetAt("metadata.resourceVersion", absl::StrCat(++version_));
  if (HasFinalizers(*current)) {
    next.SetAt(
        "metadata.deletionTimestamp",
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()));
    if (HasStatus(type)) {
      next.SetAt("metadata.generation",
                 current->At("metadata.generation").Integer() + 1);
    }
  }
  const auto stored = std::make_shared<const Json>(std::move(next));
  if (IsDeleting(*stored)) {
    ObjectsOf(type)[key] = stored;
    Record(type, current, stored);
  } else {
    ObjectsOf(type).erase(key);
    Record(type, stored, nullptr);
  }
  return absl::OkStatus();
}

void FakeKubeStore::AddBookmark(const ResourceType& type) {
  changes_.push_back({.version = ++version_, .type = type, .bookmark = true});
}

std::vector<FakeKubeStore::Object> FakeKubeStore::List(
    const ResourceType& type) const {
  std::vector<Object> all;
  const auto objects = objects_.find(IdOf(type));
  if (objects == objects_.end()) return all;
  all.reserve(objects->second.size());
  for (const auto& [key, object] : objects->second) all.push_back(object);
  return all;
}

}  // namespace evroc::shim
