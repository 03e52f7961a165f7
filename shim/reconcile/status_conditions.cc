#include "shim/reconcile/status_conditions.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
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

void SetTrue(absl::string_view type, absl::string_view reason,
             int64_t generation, absl::Time now, Conditions& conditions) {
  conditions.Set(type, ConditionStatus::kTrue, reason, "", generation, now);
}

}  // namespace

void SetApplied(int64_t generation, absl::Time now, Conditions& conditions) {
  SetTrue(kCredentialsReady, "Accepted", generation, now, conditions);
  SetTrue(kSpecApplied, "Applied", generation, now, conditions);
}

void SetUnmet(std::initializer_list<absl::string_view> parts,
              int64_t generation, absl::Time now, Conditions& conditions) {
  for (const absl::string_view part : parts) {
    const KubeCondition* found = conditions.Find(part);
    if (found == nullptr || found->status != ConditionStatus::kFalse) continue;
    const KubeCondition unmet = *found;
    conditions.Set(kSpecApplied, ConditionStatus::kFalse, unmet.reason,
                   unmet.message, generation, now);
    return;
  }
}

void SetRefused(const ReconcileError& error, int64_t generation, absl::Time now,
                Conditions& conditions) {
  if (error.transient && !error.answered) {
    // What was applied before still is.
    const KubeCondition* applied = conditions.Find(kSpecApplied);
    if (applied != nullptr && applied->observed_generation == generation) {
      return;
    }
    conditions.Set(kSpecApplied, ConditionStatus::kUnknown, error.reason, "",
                   generation, now);
    return;
  }
  if (error.condition == kCloudIdentityMatched) {
    SetTrue(kCredentialsReady, "Accepted", generation, now, conditions);
    conditions.Set(kSpecApplied, ConditionStatus::kUnknown, error.reason,
                   "another cloud is not asked", generation, now);
    return;
  }
  if (ConcernsAccess(error)) {
    SetFailed(kCredentialsReady, error, generation, now, conditions);
    conditions.Set(kSpecApplied, ConditionStatus::kUnknown, error.reason,
                   "the credential is refused", generation, now);
    return;
  }
  SetFailed(kSpecApplied, error, generation, now, conditions);
  if (error.answered) {
    SetTrue(kCredentialsReady, "Accepted", generation, now, conditions);
  }
}

void SetCloudReachable(const CloudContact& contact, bool is_stale,
                       bool answered, int64_t generation, absl::Time now,
                       Conditions& conditions) {
  const absl::Time since = contact.failing_since;
  if (since == absl::InfiniteFuture()) {
    if (answered) {
      SetTrue(kCloudReachable, "Reachable", generation, now, conditions);
    }
    return;
  }
  // Each failure has words of its own: those of the first stay.
  if (!is_stale || conditions.ReasonOf(kCloudReachable) == kCloudUnreachable) {
    return;
  }
  conditions.Set(kCloudReachable, ConditionStatus::kUnknown, kCloudUnreachable,
                 absl::StrCat("the cloud has not answered since ",
                              absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", since,
                                               absl::UTCTimeZone()),
                              ": ", contact.message),
                 generation, now);
}

void SetFailed(absl::string_view type, const ReconcileError& error,
               int64_t generation, absl::Time now, Conditions& conditions) {
  const KubeCondition* before = conditions.Find(type);
  const bool repeats =
      error.transient && before != nullptr && before->reason == error.reason;
  const std::string message = repeats ? before->message.str() : error.message;
  conditions.Set(type, ConditionStatus::kFalse, error.reason, message,
                 generation, now);
}

void RemoveUnmet(std::initializer_list<absl::string_view> types,
                 Conditions& conditions) {
  for (const absl::string_view type : types) {
    if (!conditions.IsTrue(type)) conditions.Remove(type);
  }
}

bool IsWorthAnEvent(const Conditions& before, const Conditions& after) {
  const absl::string_view told[] = {kCredentialsReady, kSpecApplied,
                                    kCloudReachable, kCloudIdentityMatched,
                                    "Ready"};
  return std::any_of(
      std::begin(told), std::end(told), [&](absl::string_view type) {
        return after.Find(type) != nullptr && !after.IsTrue(type) &&
               before.ReasonOf(type) != after.ReasonOf(type);
      });
}

void CopyConditions(const CloudConditions& from, absl::string_view ready_as,
                    int64_t generation, absl::Time now, Conditions& to) {
  if (from == nullptr) return;
  for (const CloudCondition& condition : *from) {
    const absl::string_view type =
        condition.type == "Ready" ? ready_as : condition.type;
    if (type.empty() || type == kServing) continue;
    to.Set(type, StatusOf(condition.status), condition.reason,
           condition.message, generation, now);
  }
}

void SetCloudMatched(int64_t generation, absl::Time now,
                     Conditions& conditions) {
  SetTrue(kCloudIdentityMatched, "Matched", generation, now, conditions);
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
