#include "shim/reconcile/status_conditions.h"

#include <string>

#include "common/cloud/cloud_identity.h"
#include "evroc/common/v1/resources.pb.h"

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

void CopyConditions(const CloudConditions& from, absl::string_view ready_as,
                    int64_t generation, absl::Time now, Conditions& to) {
  if (from == nullptr) return;
  for (const CloudCondition& condition : *from) {
    const absl::string_view type =
        condition.type == "Ready" ? ready_as : condition.type;
    if (type.empty()) continue;
    to.Set(type, StatusOf(condition.status), condition.reason,
           condition.message, generation, now);
  }
}

void SetCloudMatched(int64_t generation, absl::Time now,
                     Conditions& conditions) {
  conditions.Set(kCloudIdentityMatched, ConditionStatus::kTrue, "Matched", "",
                 generation, now);
}

void SetPaused(bool by_cluster, bool by_annotation, int64_t generation,
               absl::Time now, Conditions& conditions) {
  if (!by_cluster && !by_annotation) {
    conditions.Set("Paused", ConditionStatus::kFalse, "NotPaused", "",
                   generation, now);
    return;
  }
  std::string message;
  if (by_cluster) message = "Cluster spec.paused is set to true";
  if (by_annotation) {
    if (!message.empty()) message += ", ";
    message += "the object has the cluster.x-k8s.io/paused annotation";
  }
  conditions.Set("Paused", ConditionStatus::kTrue, "Paused", message,
                 generation, now);
}

}  // namespace evroc::shim
