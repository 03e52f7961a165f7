#include "shim/rpc/cloud_conditions.h"

#include <algorithm>
#include <utility>

namespace evroc::shim {

CloudConditions ConditionsOf(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& protos) {
  std::vector<CloudCondition> conditions;
  conditions.reserve(protos.size());
  for (const common::v1::Condition& proto : protos) {
    conditions.push_back({.type = proto.type(),
                          .status = proto.status(),
                          .reason = proto.reason(),
                          .message = proto.message()});
  }
  return std::make_shared<const std::vector<CloudCondition>>(
      std::move(conditions));
}

const CloudCondition* FindCondition(const CloudConditions& conditions,
                                    absl::string_view type) {
  if (conditions == nullptr) return nullptr;
  const auto found =
      std::find_if(conditions->begin(), conditions->end(),
                   [&](const auto& each) { return each.type == type; });
  return found == conditions->end() ? nullptr : &*found;
}

bool SameConditions(const CloudConditions& a, const CloudConditions& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

CloudConditions ConditionPool::Share(CloudConditions conditions) {
  if (conditions == nullptr) return conditions;
  for (const CloudConditions& known : recent_) {
    if (known != nullptr && *known == *conditions) return known;
  }
  recent_[next_] = conditions;
  next_ = (next_ + 1) % recent_.size();
  return conditions;
}

}  // namespace evroc::shim
