#include "shim/reconcile/paused.h"

#include <string>

namespace evroc::shim {

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
