#include "shim/reconcile/machine/machine_take_over.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/identity/copies.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/machine_plan.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

// Between looks at whether the EvrocCluster has been taken over.
constexpr absl::Duration kClusterFirst = absl::Seconds(5);

constexpr absl::string_view kWaitingForCluster = "WaitingForCluster";

// The network that it will be in; null: not known.
std::shared_ptr<const Placement> PlannedNetworkOf(
    const MachineContext& machine) {
  return IsUntaken(*machine.evroc_cluster) ? machine.record.planned_network
                                           : machine.record.network;
}

void SetWaitingForCluster(const EvrocMachineObject& machine,
                          absl::string_view message, absl::Time now,
                          EvrocMachineStatus& status) {
  status.conditions.Set(kTakenOver, ConditionStatus::kFalse, kWaitingForCluster,
                        message, machine.meta.generation, now);
}

// Ours in the place of the other one; of an object that is being deleted none
// can be added.
std::vector<InternedString> FinalizersOf(const ObjectMeta& meta,
                                         absl::string_view old_one,
                                         absl::string_view new_one) {
  auto finalizers = meta.finalizers;
  if (meta.deleting) return finalizers;
  std::erase(finalizers, old_one);
  if (!meta.HasFinalizer(new_one)) finalizers.emplace_back(new_one);
  return finalizers;
}

bool WaitsForPlan(const MachineContext& machine) {
  const EvrocClusterObject& cluster = *machine.evroc_cluster;
  return IsUntaken(cluster) && !cluster.meta.deleting &&
         !machine.evroc->meta.deleting && PlannedNetworkOf(machine) == nullptr;
}

}  // namespace

absl::StatusOr<MachineTakeOver::Found> MachineTakeOver::Ask(
    const CallContext& context, const MachineContext& machine,
    const Bulkhead::Permit& permit, common::v1::TakeOverAction action) {
  EVROC_ASSIGN_OR_RETURN(
      const Access access,
      access_.OpenToTakeOver(context, *machine.evroc_cluster, permit));
  const OfficialMarks marks = MarksOf(machine);
  const bool uses_existing = !machine.evroc->spec.existing_public_ip_id.empty();
  const TakeOverInput asked{marks.owner, marks.previous, action, uses_existing};
  const Bulkhead::Call call = permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(
      const compute::v1::TakeOverVirtualMachineResponse response,
      env_.compute.TakeOverVirtualMachine(context, access.scope->proto(),
                                          asked));
  Found found{.objects = {response.objects().begin(), response.objects().end()},
              .zone = response.zone(),
              .vm_uid = response.uid(),
              .public_ip_id = response.public_ip_id()};
  EVROC_ASSIGN_OR_RETURN(
      const TakeOverObjects addresses,
      env_.network.TakeOverPublicIp(context, access.scope->proto(), asked));
  found.objects.insert(found.objects.end(), addresses.begin(), addresses.end());
  return found;
}

Outcome MachineTakeOver::Report(const CallContext& context,
                                const ReconcileRequest& request,
                                const MachineContext& machine,
                                EvrocMachineStatus& status) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(*machine.evroc_cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  // What is in the cloud may change during the pause, and come within reach.
  const RetryAfter look_again{env_.retry_interval, "the end of the pause"};
  const auto found =
      Ask(context, machine, *permit, common::v1::TAKE_OVER_ACTION_REPORT);
  const int64_t generation = machine.evroc->meta.generation;
  TakeOverReport report;
  if (found.ok()) {
    report.objects = found->objects;
  } else {
    report.objects = found.status();
  }
  if (found.ok() && !AnyNotProven(found->objects)) {
    if (WaitsForPlan(machine)) {
      // The report about its EvrocCluster brings it back.
      SetWaitingForCluster(
          *machine.evroc,
          "what it changes is known once its EvrocCluster is proven",
          env_.clock.Now(), status);
      return look_again;
    }
    report.plan = Plan(context, machine, *found, *permit);
    report.remarks =
        MachineRemarks(*machine.evroc, found->objects, found->public_ip_id);
  }
  SetReport(
      report,
      [&](const absl::Status& error) {
        return access_.Explain(*machine.evroc_cluster, error);
      },
      generation, env_.clock.Now(), status.conditions);
  return look_again;
}

absl::StatusOr<TakeOverPlan> MachineTakeOver::Plan(
    const CallContext& context, const MachineContext& machine,
    const Found& found, const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(
      const Access access,
      access_.OpenToTakeOver(context, *machine.evroc_cluster, permit));
  const Bulkhead::Call call = permit.BeginCall();
  return PlanMachine(context, env_, access.scope->proto(),
                     {.machine = machine,
                      .network = PlannedNetworkOf(machine),
                      .objects = found.objects,
                      .zone = found.zone,
                      .public_ip_id = found.public_ip_id});
}

ReconcileResult MachineTakeOver::Take(const CallContext& context,
                                      const ReconcileRequest& request,
                                      const MachineContext& machine,
                                      FailReconcile fail) {
  if (machine.evroc_cluster->meta.Annotation(kOwnerIdAnnotation).empty()) {
    EvrocMachineStatus status = machine.evroc->status;
    SetWaitingForCluster(*machine.evroc,
                         "its EvrocCluster is not taken over yet",
                         env_.clock.Now(), status);
    SetPaused(false, false, machine.evroc->meta.generation, env_.clock.Now(),
              status.conditions);
    return WriteStatus(
        context, machine.evroc, status,
        RetryAfter{kClusterFirst, "the take-over of its EvrocCluster"});
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(*machine.evroc_cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  // All of it, in both services, or nothing.
  const auto found =
      Ask(context, machine, *permit, common::v1::TAKE_OVER_ACTION_REPORT);
  if (!found.ok()) return fail(found.status());
  if (AnyNotProven(found->objects)) {
    return Refuse(context, machine.evroc, *found);
  }
  const auto taken =
      Ask(context, machine, *permit, common::v1::TAKE_OVER_ACTION_TAKE);
  if (!taken.ok()) return fail(taken.status());
  // Somebody may have changed it in between.
  if (AnyNotProven(taken->objects)) {
    return Refuse(context, machine.evroc, *taken);
  }
  return Mark(context, machine, *taken);
}

ReconcileResult MachineTakeOver::Refuse(const CallContext& context,
                                        const EvrocMachinePtr& evroc,
                                        const Found& found) {
  EvrocMachineStatus status = evroc->status;
  SetNotProven(found.objects, evroc->meta.generation, env_.clock.Now(),
               status.conditions);
  SetPaused(false, false, evroc->meta.generation, env_.clock.Now(),
            status.conditions);
  return WriteStatus(
      context, evroc, status,
      RetryAfter{env_.retry_interval, "a proof of what is in the cloud"});
}

ReconcileResult MachineTakeOver::LeaveAside(const CallContext& context,
                                            const EvrocMachinePtr& evroc,
                                            const LeftAside& why) {
  EvrocMachineStatus status = evroc->status;
  // One that was refused does not take the other's place later.
  if (const Standing standing = env_.cache.StandingOf(*evroc);
      !standing.owns()) {
    status.annotations = AnnotationsAfter(*evroc, standing);
  }
  const int64_t generation = evroc->meta.generation;
  SetLeftAside(why, /*paused=*/false, generation, env_.clock.Now(),
               status.conditions);
  SetPaused(false, false, generation, env_.clock.Now(), status.conditions);
  return WriteStatus(
      context, evroc, status,
      RetryAfter{env_.retry_interval, "what it is left aside for"});
}

ReconcileResult MachineTakeOver::WriteStatus(const CallContext& context,
                                             const EvrocMachinePtr& evroc,
                                             const EvrocMachineStatus& status,
                                             const Outcome& outcome) {
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return outcome;
}

// One patch, so that it has all ids or none. A machine without anything of the
// official provider's in the cloud gets names of ours.
ReconcileResult MachineTakeOver::Mark(const CallContext& context,
                                      const MachineContext& machine,
                                      const Found& found) {
  const ObjectMeta& meta = machine.evroc->meta;
  const bool theirs = AnyTheirs(found.objects);
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", MarksFor(machine, found));
  patch.SetAt("metadata.finalizers",
              WriteTexts(FinalizersOf(meta, kOfficialMachineFinalizer,
                                      kMachineFinalizer)));
  EVROC_ASSIGN_OR_RETURN(
      const EvrocMachinePtr taken,
      writer_.Patch(context, *machine.evroc, "", std::move(patch)));
  EvrocMachineStatus status = taken->status;
  SetTakenOver(taken->meta, env_.clock.Now(), status.conditions);
  if (theirs) {
    PublishTakenOver(env_, kEvrocMachineType, taken->meta);
  }
  return WriteStatus(context, taken, status, Wait{"its take-over"});
}

Json MachineTakeOver::MarksFor(const MachineContext& machine,
                               const Found& found) {
  const common::v1::Owner owner = MarksOf(machine).owner;
  const EvrocMachineObject& evroc = *machine.evroc;
  Json annotations = Json::Object();
  annotations.Set(kOwnerIdAnnotation, owner.machine_id());
  annotations.Set(kMachineOwnershipIdAnnotation, owner.machine_id());
  annotations.Set(kClusterIdAnnotation, owner.cluster_id());
  if (!found.zone.empty()) annotations.Set(kZoneAnnotation, found.zone);
  // That it was made, and which it is, must not be forgotten with a status, nor
  // be mistaken for the one of its provider ID.
  const std::string& vm_uid =
      found.vm_uid.empty() ? evroc.status.machine_uid : found.vm_uid;
  if (!vm_uid.empty() && vm_uid != RecordedVmUid(evroc) &&
      evroc.meta.Annotation(kVmUidAnnotation).empty()) {
    annotations.Set(kVmUidAnnotation, vm_uid);
  }
  if (!AnyTheirs(found.objects)) return annotations;
  annotations.Set(kResourcePrefixAnnotation, owner.resource_prefix());
  if (!UnaskedAddresses(evroc, found.objects, found.public_ip_id).empty()) {
    annotations.Set(kKeptPublicIpAnnotation, PublicIpSpecOf(evroc.spec));
  }
  return annotations;
}

ReconcileResult MachineTakeOver::GiveBack(const CallContext& context,
                                          const ReconcileRequest& request,
                                          const MachineContext& machine,
                                          FailReconcile fail) {
  const EvrocMachinePtr& evroc = machine.evroc;
  if (evroc->meta.Annotation(kResourcePrefixAnnotation).empty()) {
    return Keep(context, evroc,
                "this provider made its virtual machine, which the official "
                "one would make a second time: delete its Machine");
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(*machine.evroc_cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const auto found =
      Ask(context, machine, *permit, common::v1::TAKE_OVER_ACTION_GIVE_BACK);
  if (!found.ok()) return fail(found.status());
  return Unmark(context, evroc, found->objects);
}

ReconcileResult MachineTakeOver::Unmark(const CallContext& context,
                                        EvrocMachinePtr evroc,
                                        const TakeOverObjects& objects) {
  Json annotations = Json::Object();
  for (const absl::string_view name :
       {kOwnerIdAnnotation, kClusterIdAnnotation, kZoneAnnotation,
        kSubnetAnnotation, kResourcePrefixAnnotation, kVmUidAnnotation,
        kKeptPublicIpAnnotation, kControlPlaneAnnotation}) {
    annotations.Set(name, Json());
  }
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", std::move(annotations));
  patch.SetAt("metadata.finalizers",
              WriteTexts(FinalizersOf(evroc->meta, kMachineFinalizer,
                                      kOfficialMachineFinalizer)));
  EVROC_ASSIGN_OR_RETURN(evroc,
                         writer_.Patch(context, *evroc, "", std::move(patch)));
  EvrocMachineStatus status = evroc->status;
  status.annotations.clear();
  SetGivenBack(objects, evroc->meta.generation, env_.clock.Now(),
               status.conditions);
  return WriteStatus(context, evroc, status, Wait{"the official provider"});
}

ReconcileResult MachineTakeOver::Keep(const CallContext& context,
                                      const EvrocMachinePtr& evroc,
                                      const std::string& why) {
  EvrocMachineStatus status = evroc->status;
  status.conditions.Set(kTakenOver, ConditionStatus::kFalse, kNotTheirs, why,
                        evroc->meta.generation, env_.clock.Now());
  return WriteStatus(context, evroc, status, Wait{"its deletion"});
}

}  // namespace evroc::shim
