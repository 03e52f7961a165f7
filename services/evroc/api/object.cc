#include "services/evroc/api/object.h"

namespace evroc::cloud {

InternedString LabelOf(const Labels& labels, absl::string_view key) {
  const auto label = labels.find(key);
  return label == labels.end() ? InternedString() : label->second;
}

const Condition* FindCondition(const Conditions& conditions,
                               absl::string_view type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

bool IsReady(const Conditions& conditions) {
  const Condition* ready = FindCondition(conditions, "Ready");
  return ready != nullptr && ready->status == ConditionStatus::kTrue;
}

}  // namespace evroc::cloud
