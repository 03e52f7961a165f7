#include "tests/evroc_sim/iam/iam_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

std::string OrganisationPath(absl::string_view name) {
  return absl::StrCat(kOrganisations, "/", name);
}

}  // namespace

absl::StatusOr<Json> IamStore::Get(const std::string& path) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(path);
  if (found != objects_.end()) return found->second;
  return NotFound(absl::StrCat(path, " not found"));
}

std::vector<Json> IamStore::List(const std::string& collection) const {
  absl::MutexLock lock(&mutex_);
  const std::string prefix = absl::StrCat(collection, "/");
  std::vector<Json> items;
  for (auto it = objects_.lower_bound(prefix);
       it != objects_.end() && absl::StartsWith(it->first, prefix); ++it) {
    if (!absl::StrContains(it->first.substr(prefix.size()), "/")) {
      items.push_back(it->second);
    }
  }
  return items;
}

std::vector<IamStore::Binding> IamStore::BindingsOf(
    const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Binding> bindings;
  const std::string end = absl::StrCat("/roleBindings/", id);
  for (const auto& [path, object] : objects_) {
    absl::string_view scope = path;
    if (!absl::ConsumeSuffix(&scope, end)) continue;
    const std::pair<std::string, std::string> words =
        absl::StrSplit(scope, absl::MaxSplits('/', 1));
    bindings.push_back({{words.first, words.second}, object});
  }
  return bindings;
}

absl::StatusOr<Json> IamStore::Write(
    const std::string& path, absl::FunctionRef<absl::Status(Json&)> change) {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(path);
  Json object = found == objects_.end() ? Json() : found->second;
  EVROC_RETURN_IF_ERROR(change(object));
  ++version_;
  if (object.view().is_null()) {
    objects_.erase(path);
  } else {
    objects_[path] = object;
  }
  return object;
}

std::vector<std::string> IamStore::Remove(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> removed;
  if (objects_.erase(path) == 0) return removed;
  ++version_;
  removed.push_back(path);
  const std::string below = absl::StrCat(path, "/");
  auto it = objects_.lower_bound(below);
  while (it != objects_.end() && absl::StartsWith(it->first, below)) {
    removed.push_back(it->first);
    it = objects_.erase(it);
  }
  return removed;
}

std::string IamStore::OrganisationNameLocked(absl::string_view word) const {
  const std::string prefix = OrganisationPath("");
  for (auto it = objects_.lower_bound(prefix);
       it != objects_.end() && absl::StartsWith(it->first, prefix); ++it) {
    const std::string name = it->first.substr(prefix.size());
    if (absl::StrContains(name, "/")) continue;
    if (it->second.At("metadata.id").String() == word) return name;
  }
  return std::string(word);
}

std::string IamStore::OrganisationName(absl::string_view word) const {
  absl::MutexLock lock(&mutex_);
  return OrganisationNameLocked(word);
}

std::string IamStore::OwnerIdOf(const IamScope& scope) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(scope.Path());
  if (scope.collection != kOrganisations || found == objects_.end()) {
    return scope.id;
  }
  return std::string(found->second.At("metadata.id").String());
}

std::string IamStore::OrganisationOf(absl::string_view project) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(absl::StrCat(kProjects, "/", project));
  if (found != objects_.end()) {
    return OrganisationNameLocked(
        found->second.At("spec.organization").String());
  }
  const std::string prefix = OrganisationPath("");
  const auto first = objects_.lower_bound(prefix);
  if (first == objects_.end() || !absl::StartsWith(first->first, prefix)) {
    return "";
  }
  const std::vector<std::string> words = absl::StrSplit(first->first, '/');
  return words[1];
}

std::string IamStore::WithOrganisationName(absl::string_view resource) const {
  std::vector<std::string> words = absl::StrSplit(resource, '/');
  if (words.size() < 4 || words[2] != kOrganisations) {
    return std::string(resource);
  }
  words[3] = OrganisationName(words[3]);
  return absl::StrJoin(words, "/");
}

int64_t IamStore::version() const {
  absl::MutexLock lock(&mutex_);
  return version_;
}

Json IamStore::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json state = Json::Object();
  for (const auto& [path, object] : objects_) state.Set(path, object);
  return state;
}

void IamStore::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  state.ForEachMember([this](absl::string_view path, JsonView object) {
    mutex_.AssertHeld();
    objects_[std::string(path)] = Json(object);
  });
}

}  // namespace evroc::sim
