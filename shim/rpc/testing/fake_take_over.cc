#include "shim/rpc/testing/fake_take_over.h"

#include <algorithm>

namespace evroc::shim {

using Object = common::v1::TakeOverObject;

void FakeTakeOver::Put(const std::string& resource_prefix,
                       const std::string& kind, const std::string& id,
                       Object::Verdict verdict) {
  Object object;
  object.set_kind(kind);
  object.set_id(id);
  object.set_verdict(verdict);
  object.set_reason("for a test");
  absl::MutexLock lock(&mutex_);
  objects_[resource_prefix].push_back(object);
}

TakeOverObjects FakeTakeOver::Objects(
    const std::string& resource_prefix) const {
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(resource_prefix);
  return found == objects_.end() ? TakeOverObjects() : found->second;
}

TakeOverObjects FakeTakeOver::Call(const TakeOverCall& call) {
  absl::MutexLock lock(&mutex_);
  TakeOverObjects& objects = objects_[call.owner.resource_prefix()];
  if (call.action == common::v1::TAKE_OVER_ACTION_REPORT) return objects;
  ++writes_;
  const bool take = call.action == common::v1::TAKE_OVER_ACTION_TAKE;
  const bool proven =
      std::none_of(objects.begin(), objects.end(), [](const Object& object) {
        return object.verdict() == Object::NOT_PROVEN;
      });
  TakeOverObjects result = objects;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (take && proven && objects[i].verdict() == Object::PROVEN) {
      objects[i].set_verdict(Object::TAKEN);
      result[i].set_verdict(Object::TAKEN);
    } else if (!take && objects[i].verdict() == Object::TAKEN) {
      objects[i].set_verdict(Object::PROVEN);
      result[i].set_verdict(Object::GIVEN_BACK);
    }
  }
  return result;
}

int FakeTakeOver::writes() const {
  absl::MutexLock lock(&mutex_);
  return writes_;
}

}  // namespace evroc::shim
