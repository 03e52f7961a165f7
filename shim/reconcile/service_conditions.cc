#include "shim/reconcile/service_conditions.h"

#include <string>

#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {
namespace {

ConditionStatus StatusOf(common::v1::Condition::Status status) {
  switch (status) {
    case common::v1::Condition::STATUS_TRUE:
      return ConditionStatus::kTrue;
    case common::v1::Condition::STATUS_FALSE:
      return ConditionStatus::kFalse;
    default:
      return ConditionStatus::kUnknown;
  }
}

}  // namespace

void CopyConditions(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& from,
    absl::string_view ready_as, int64_t generation, absl::Time now,
    Conditions& to) {
  for (const common::v1::Condition& condition : from) {
    std::string type = condition.type();
    if (type == "Ready") type = std::string(ready_as);
    if (type.empty()) continue;
    to.Set(type, StatusOf(condition.status()), condition.reason(),
           InCrdTerms(condition.message(), "of the cluster"), generation, now);
  }
}

}  // namespace evroc::shim
