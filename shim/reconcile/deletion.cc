#include "shim/reconcile/deletion.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

// For what the cloud is not asked about. No flag: a person who has just
// repaired it waits.
constexpr absl::Duration kLookAgain = absl::Seconds(20);

}  // namespace

ReconcileResult HoldWithoutId(absl::string_view annotation,
                              ReportDeletion report) {
  EVROC_RETURN_IF_ERROR(report(
      Waiting("", "OwnerIDLost",
              absl::StrCat("somebody removed its annotation ", annotation,
                           ": put it back, or remove what it has in the cloud "
                           "and then its finalizer by hand"))));
  return RetryAfter{kLookAgain, "its ownership id was removed"};
}

ReconcileResult HoldDoubted(const absl::Status& doubt, ReportDeletion report) {
  EVROC_RETURN_IF_ERROR(report(Waiting("", "Blocked", doubt.message())));
  return RetryAfter{kLookAgain, "its owner id may be another's"};
}

ReconcileResult StillDeleting(
    const ObjectKey& object,
    const std::vector<common::v1::RemainingObject>& remaining,
    DeletionIntervals& intervals, ReportDeletion report) {
  const std::string left = DescribeRemaining(remaining);
  const absl::Duration delay = intervals.Next(object, left);
  EVROC_RETURN_IF_ERROR(report(Waiting("", "Deleting", left)));
  return RetryAfter{delay, "the cloud is still deleting"};
}

ReconcileResult FailDeletion(ClusterAccess& access,
                             const EvrocClusterObject& cluster,
                             const ClusterAccess::SecretWaiter& waiter,
                             const absl::Status& error, ReportDeletion report) {
  const ReconcileError explained = access.Explain(cluster, error);
  return access.Fail(cluster, explained, waiter,
                     [&] { return report(explained); });
}

ReconcileResult FailRelease(const ReconcileEnv& env, const absl::Status& error,
                            ReportDeletion report) {
  if (!IsRefusedWrite(error)) return error;
  const ReconcileError refused =
      ReconcileErrorOf(error, {}, env.retry_interval);
  EVROC_RETURN_IF_ERROR(report(refused));
  // A webhook that can't be called: the caller has told it.
  if (refused.transient) return RetryAfter{kLookAgain, refused.reason};
  return RetryAfter{refused.retry_after, refused.reason};
}

void SetDeleting(const ReconcileError& reason, bool matched, int64_t generation,
                 absl::Time now, Conditions& conditions) {
  conditions.Remove(kSpecApplied);
  if (!reason.cause.ok() && ConcernsAccess(reason)) {
    SetFailed(kCredentialsReady, reason, generation, now, conditions);
  } else if (reason.cause.ok() || reason.answered) {
    conditions.Remove(kCredentialsReady);
  }
  if (matched) SetCloudMatched(generation, now, conditions);
  if (reason.condition == kCloudIdentityMatched) {
    SetFailed(kCloudIdentityMatched, reason, generation, now, conditions);
  }
}

absl::Status AbandonedError(const EvrocClusterObject& cluster,
                            const Access& access) {
  return OtherCloudError(CloudRecordOf(cluster.meta).identity(),
                         access.check.identity());
}

bool IsGivenUp(const ClusterAccess& access, const EvrocClusterObject& cluster,
               const absl::Status& error) {
  return IsAbandoned(cluster) &&
         (IsOtherCloud(error) ||
          ConcernsAccess(access.Explain(cluster, error)));
}

void PublishAbandoned(const ReconcileEnv& env, const ResourceType& type,
                      const ObjectMeta& object) {
  env.publish({.type = type,
               .object = object,
               .warning = true,
               .reason = "CloudAbandoned",
               .action = "Abandon",
               .message = absl::StrCat(
                   "the annotation ", kAbandonCloudAnnotation,
                   " gives its cloud up: what it has there is left alone "
                   "for good")});
}

std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining) {
  constexpr size_t kNamed = 5;
  std::vector<std::string> parts;
  const size_t named = std::min(remaining.size(), kNamed);
  parts.reserve(named + 1);
  for (size_t i = 0; i < named; ++i) {
    const common::v1::RemainingObject& object = remaining[i];
    std::string part = absl::StrCat(object.kind(), " ", object.id());
    if (!object.reason().empty()) {
      absl::StrAppend(&part, " (", object.reason(), ")");
    }
    parts.push_back(std::move(part));
  }
  if (remaining.size() > kNamed) {
    parts.push_back(absl::StrCat(remaining.size() - kNamed, " more"));
  }
  return absl::StrCat("waiting for ", absl::StrJoin(parts, ", "));
}

}  // namespace evroc::shim
