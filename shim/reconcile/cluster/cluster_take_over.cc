#include "shim/reconcile/cluster/cluster_take_over.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/cluster/secret_release.h"
#include "shim/reconcile/identity/copies.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {

absl::StatusOr<TakeOverObjects> ClusterTakeOver::Ask(
    const CallContext& context, const EvrocClusterObject& evroc,
    const OfficialMarks& marks, const Bulkhead::Permit& permit,
    common::v1::TakeOverAction action) {
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.OpenToTakeOver(context, evroc, permit));
  const Bulkhead::Call call = permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(TakeOverObjects objects,
                         env_.network.TakeOverClusterNetwork(
                             context, access.scope->proto(),
                             {marks.owner, marks.previous, action}));
  if (access.unproven && objects.empty()) {
    return OtherCloudError({}, access.check.identity());
  }
  return objects;
}

Outcome ClusterTakeOver::Report(const CallContext& context,
                                const ReconcileRequest& request,
                                const EvrocClusterObject& evroc,
                                const ClusterObject* cluster,
                                const std::string& cluster_name,
                                EvrocClusterStatus& status) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const OfficialMarks marks = MarksOf(evroc, cluster_name);
  const auto found =
      Ask(context, evroc, marks, *permit, common::v1::TAKE_OVER_ACTION_REPORT);
  if (found.ok() && found->empty() && !marks.certain) {
    return Wait{"the end of the pause"};
  }
  TakeOverReport report;
  report.objects = found;
  if (found.ok() && !AnyNotProven(*found)) {
    report.plan =
        Plan(context, {evroc, cluster, cluster_name, marks, *found}, *permit);
    report.remarks =
        ClusterRemarks(evroc, marks.owner.resource_prefix(), *found);
  }
  SetReport(
      report,
      [&](const absl::Status& error) { return access_.Explain(evroc, error); },
      evroc.meta.generation, env_.clock.Now(), status.conditions);
  // What is in the cloud may change during the pause, and come within reach: of
  // a label that somebody repairs there no event comes.
  return RetryAfter{env_.retry_interval, "the end of the pause"};
}

absl::StatusOr<TakeOverPlan> ClusterTakeOver::Plan(
    const CallContext& context, const ClusterPlanInput& input,
    const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.OpenToTakeOver(context, input.evroc, permit));
  const Bulkhead::Call call = permit.BeginCall();
  return PlanCluster(context, env_, access, input);
}

std::optional<ReconcileResult> ClusterTakeOver::Take(
    const CallContext& context, const ReconcileRequest& request,
    const EvrocClusterPtr& evroc, const std::string& cluster_name,
    FailReconcile fail) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(*evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const OfficialMarks marks = MarksOf(*evroc, cluster_name);
  const auto found =
      Ask(context, *evroc, marks, *permit, common::v1::TAKE_OVER_ACTION_TAKE);
  if (!found.ok()) return fail(found.status());
  if (found->empty() && !marks.certain) return std::nullopt;
  if (AnyNotProven(*found)) return Refuse(context, evroc, *found);
  return Mark(context, evroc, marks, *found);
}

ReconcileResult ClusterTakeOver::Refuse(const CallContext& context,
                                        const EvrocClusterPtr& evroc,
                                        const TakeOverObjects& objects) {
  EvrocClusterStatus status = evroc->status;
  SetNotProven(objects, evroc->meta.generation, env_.clock.Now(),
               status.conditions);
  SetPaused(false, false, evroc->meta.generation, env_.clock.Now(),
            status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return RetryAfter{env_.retry_interval, "a proof of what is in the cloud"};
}

ReconcileResult ClusterTakeOver::LeaveAside(const CallContext& context,
                                            const EvrocClusterPtr& evroc,
                                            const LeftAside& why) {
  EvrocClusterStatus status = evroc->status;
  // One that was refused does not take the other's place later.
  if (const Standing standing = env_.cache.StandingOf(*evroc);
      !standing.owns()) {
    status.annotations = AnnotationsAfter(*evroc, standing);
  }
  const int64_t generation = evroc->meta.generation;
  SetLeftAside(why, /*paused=*/false, generation, env_.clock.Now(),
               status.conditions);
  SetPaused(false, false, generation, env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return RetryAfter{env_.retry_interval, "what it is left aside for"};
}

// One patch, so that it has all ids or none.
ReconcileResult ClusterTakeOver::Mark(const CallContext& context,
                                      EvrocClusterPtr evroc,
                                      const OfficialMarks& marks,
                                      const TakeOverObjects& found) {
  const common::v1::Owner& owner = marks.owner;
  const bool is_theirs =
      !evroc->meta.Annotation(kOfficialPrefixAnnotation).empty() ||
      !evroc->official_load_balancer_id.empty() || AnyTheirs(found);
  Json annotations = Json::Object();
  annotations.Set(kOwnerIdAnnotation, owner.cluster_id());
  annotations.Set(kOwnershipIdAnnotation, owner.cluster_id());
  if (is_theirs) {
    annotations.Set(kResourcePrefixAnnotation, owner.resource_prefix());
    annotations.Set(kOfficialPrefixAnnotation, owner.resource_prefix());
    if (const auto ports = UnaskedPorts(*evroc, owner.resource_prefix(), found);
        !ports.empty()) {
      annotations.Set(kKeptPortsAnnotation, absl::StrJoin(ports, ","));
    }
  }
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", std::move(annotations));
  if (!evroc->meta.HasFinalizer(kClusterFinalizer) && !evroc->meta.deleting) {
    auto finalizers = evroc->meta.finalizers;
    finalizers.emplace_back(kClusterFinalizer);
    patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  }
  EVROC_ASSIGN_OR_RETURN(evroc,
                         writer_.Patch(context, *evroc, "", std::move(patch)));
  EvrocClusterStatus status = evroc->status;
  SetTakenOver(evroc->meta, env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  if (is_theirs) PublishTakenOver(env_, kEvrocClusterType, evroc->meta);
  return Wait{"its take-over"};
}

ReconcileResult ClusterTakeOver::GiveBack(const CallContext& context,
                                          const ReconcileRequest& request,
                                          const EvrocClusterPtr& evroc,
                                          const std::string& cluster_name,
                                          FailReconcile fail) {
  std::vector<std::string> left;
  for (const EvrocMachinePtr& machine : env_.cache.EvrocMachinesOf(*evroc)) {
    if (machine->meta.Annotation(kOwnerIdAnnotation).empty()) continue;
    left.push_back(machine->meta.key.name);
  }
  if (!left.empty()) {
    EvrocClusterStatus status = evroc->status;
    status.conditions.Set(
        kTakenOver, ConditionStatus::kTrue, "GivingBack",
        absl::StrCat("waiting for the EvrocMachines ",
                     absl::StrJoin(left, ", "), " to be given back or deleted"),
        evroc->meta.generation, env_.clock.Now());
    EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
    return Wait{"its EvrocMachines to be given back"};
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(*evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const OfficialMarks marks = MarksOf(*evroc, cluster_name);
  const auto found = Ask(context, *evroc, marks, *permit,
                         common::v1::TAKE_OVER_ACTION_GIVE_BACK);
  if (!found.ok()) return fail(found.status());
  // As after a deletion: nothing of ours holds them any more.
  for (const ObjectKey& secret : HeldSecretsOf(*evroc)) {
    EVROC_RETURN_IF_ERROR(
        ReleaseUnlessUsed(context, env_, secret, evroc->meta.uid.str()));
  }
  return Unmark(context, evroc, *found);
}

ReconcileResult ClusterTakeOver::Unmark(const CallContext& context,
                                        EvrocClusterPtr evroc,
                                        const TakeOverObjects& objects) {
  env_.watcher.Release(std::string(evroc->meta.Annotation(kOwnerIdAnnotation)));
  Json annotations = Json::Object();
  annotations.Set(kOwnerIdAnnotation, Json());
  annotations.Set(kResourcePrefixAnnotation, Json());
  annotations.Set(kKeptPortsAnnotation, Json());
  annotations.Set(kCloudAnnotation, Json());
  annotations.Set(kCredentialSecretAnnotation, Json());
  annotations.Set(kEndpointAddressAnnotation, Json());
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", std::move(annotations));
  EVROC_ASSIGN_OR_RETURN(evroc,
                         writer_.Patch(context, *evroc, "", std::move(patch)));
  EvrocClusterStatus status = evroc->status;
  status.annotations.clear();
  SetGivenBack(objects, evroc->meta.generation, env_.clock.Now(),
               status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return Wait{"the official provider"};
}

}  // namespace evroc::shim
