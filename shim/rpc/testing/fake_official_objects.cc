#include "shim/rpc/testing/fake_official_objects.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "shim/rpc/testing/fake_values.h"

namespace evroc::shim {
namespace {

using Object = common::v1::TakeOverObject;

absl::Status Check(const TakeOverInput& input, bool of_machine) {
  Violations violations;
  CheckFakeOwner(input.owner, of_machine, "owner", violations);
  violations.Check(!input.owner.resource_prefix().empty(),
                   "owner.resource_prefix", "is required");
  violations.Check(!input.previous_owner.cluster_names().empty(),
                   "previous_owner.cluster_names", "is required");
  return violations.ToStatus();
}

const std::string& IdOf(const common::v1::Owner& owner) {
  return owner.machine_id().empty() ? owner.cluster_id() : owner.machine_id();
}

void Set(Object::Verdict verdict, Object& object) {
  object.set_verdict(verdict);
  object.set_reason(absl::StrCat("it is ", Object::Verdict_Name(verdict)));
}

void SetAll(Object::Verdict from, Object::Verdict to,
            std::vector<Object>& objects) {
  for (Object& object : objects) {
    if (object.verdict() == from) Set(to, object);
  }
}

bool AllProven(const std::vector<Object>& objects) {
  return std::none_of(objects.begin(), objects.end(), [](const Object& object) {
    return object.verdict() == Object::NOT_PROVEN;
  });
}

}  // namespace

void FakeOfficialObjects::Leave(const std::string& owner_id,
                                const std::string& kind, const std::string& id,
                                Object::Verdict verdict) {
  Object object;
  object.set_kind(kind);
  object.set_id(id);
  Set(verdict, object);
  absl::MutexLock lock(&mutex_);
  std::vector<Object>& objects = objects_[owner_id];
  std::erase_if(objects, [&](const Object& each) {
    return each.kind() == kind && each.id() == id;
  });
  objects.push_back(std::move(object));
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind(), a.id()) < std::tie(b.kind(), b.id());
  });
}

void FakeOfficialObjects::Plan(const std::string& owner_id,
                               const std::vector<std::string>& changes,
                               const std::string& failure) {
  absl::MutexLock lock(&mutex_);
  plans_[owner_id] = {changes, failure};
}

bool FakeOfficialObjects::IsTaken(const std::string& owner_id,
                                  const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(owner_id);
  return found != objects_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Object& object) {
                       return object.id() == id &&
                              object.verdict() == Object::TAKEN;
                     });
}

absl::Status FakeOfficialObjects::CheckNames(
    const common::v1::Owner& owner) const {
  if (owner.resource_prefix().empty()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(IdOf(owner));
  if (found == objects_.end()) return absl::OkStatus();
  for (const Object& object : found->second) {
    if (object.verdict() == Object::TAKEN) continue;
    return MakeError(
        absl::StatusCode::kFailedPrecondition,
        absl::StrCat(object.kind(), " ", object.id(), " exists already"),
        {.reason = "NAME_TAKEN"});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Object>> FakeOfficialObjects::TakeOver(
    const TakeOverInput& input, bool of_machine) {
  EVROC_RETURN_IF_ERROR(Check(input, of_machine));
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(IdOf(input.owner));
  if (found == objects_.end()) return std::vector<Object>();
  std::vector<Object>& objects = found->second;
  if (input.action == common::v1::TAKE_OVER_ACTION_TAKE && AllProven(objects)) {
    SetAll(Object::PROVEN, Object::TAKEN, objects);
  }
  if (input.action != common::v1::TAKE_OVER_ACTION_GIVE_BACK) return objects;
  std::vector<Object> given = objects;
  std::erase_if(given, [](const Object& object) {
    return object.verdict() != Object::TAKEN;
  });
  SetAll(Object::TAKEN, Object::GIVEN_BACK, given);
  SetAll(Object::TAKEN, Object::PROVEN, objects);
  return given;
}

}  // namespace evroc::shim
