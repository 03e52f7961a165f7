#include "shim/reconcile/machine/status_recorder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/machine_claim.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/machine/provision_phase.h"
#include "shim/reconcile/machine/status/lateness.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

// spec.providerID, given a cluster that is known.
ProviderIdState ProviderIdStateOf(const MachineContext& machine) {
  if (!machine.evroc->spec.provider_id.empty()) return ProviderIdState::kSet;
  return machine.external_cloud_provider() ? ProviderIdState::kComesFromNode
                                           : ProviderIdState::kUnset;
}

// Without what an earlier error said of a machine that nothing is known of.
EvrocMachineObject WithoutUnmet(EvrocMachineObject evroc) {
  if (!evroc.status.provisioned) {
    RemoveUnmet({kBootstrapDataReady, kPublicIpReady, kDiskReady, kVmReady},
                evroc.status.conditions);
  }
  return evroc;
}

// Whether the cloud has said that the VM is there, and not ours by its labels.
bool IsSomebodyElses(const ReconcileError& error) {
  return error.condition == kVmReady &&
         DetailsOf(error.cause).reason == kNameTaken;
}

void SetPublicIpReady(const ReconcileEnv& env, const MachineSnapshot& vm,
                      const MachineContext& machine,
                      EvrocMachineStatus& status) {
  if (!machine.evroc->spec.public_ip) {
    // Not known yet which machine holds the endpoint's.
    if (machine.record.network == nullptr) return;
    if (!HoldsEndpoint(env, machine)) {
      status.conditions.Remove("PublicIPReady");
      return;
    }
  }
  const bool there = !vm.public_ipv4_address.empty();
  status.conditions.Set(
      "PublicIPReady", there ? ConditionStatus::kTrue : ConditionStatus::kFalse,
      there ? "Available" : "Attaching",
      there ? "" : "the machine does not have its public IP yet",
      machine.evroc->meta.generation, env.clock.Now());
}

// Records the subnet that the machine is in, which was requested with success:
// the cluster's first one may be another later.
void SetSubnetName(const MachineSnapshot& vm, const MachineContext& machine,
                   EvrocMachineStatus& status) {
  const std::string zone(machine.evroc->meta.Annotation(kZoneAnnotation));
  if (vm.uid.empty() || zone.empty() || machine.record.network == nullptr) {
    return;
  }
  const auto subnet = SubnetFor(*machine.evroc, *machine.record.network, zone);
  if (subnet.ok()) status.subnet_name = subnet->entry;
}

}  // namespace

EvrocMachineStatus StatusRecorder::StatusOf(const MachineContext& machine,
                                            const MachineSnapshot& vm) {
  const absl::Time now = env_.clock.Now();
  const int64_t generation = machine.evroc->meta.generation;
  EvrocMachineStatus status = StatusOfMachine(
      *machine.evroc, vm, machine.evroc->meta.Annotation(kZoneAnnotation),
      ProviderIdStateOf(machine), now);
  SetPublicIpReady(env_, vm, machine, status);
  SetSubnetName(vm, machine, status);
  SetScopeMatches(*machine.evroc, machine.evroc_cluster->spec, now, status);
  SetPaused(false, false, generation, now, status.conditions);
  SetTakenOver(machine.evroc->meta, now, status.conditions);
  SetCloudMatched(generation, now, status.conditions);
  status.annotations = KeptAnnotations(machine.evroc->meta);
  nodes_.Run(machine, status);
  return status;
}

ReconcileResult StatusRecorder::WriteApplied(const CallContext& context,
                                             MachineContext& machine,
                                             const MachineSnapshot& vm,
                                             const Bulkhead::Permit& permit) {
  return Write(context, machine, vm, /*applied=*/true, &permit);
}

ReconcileResult StatusRecorder::WriteObserved(const CallContext& context,
                                              MachineContext& machine,
                                              const MachineSnapshot& vm,
                                              const Bulkhead::Permit* permit) {
  return Write(context, machine, vm, /*applied=*/false, permit);
}

ReconcileResult StatusRecorder::Write(const CallContext& context,
                                      MachineContext& machine,
                                      const MachineSnapshot& reported,
                                      bool applied,
                                      const Bulkhead::Permit* permit) {
  const MachineSnapshot vm = VmOf(*machine.evroc, reported);
  // Only the cloud that had it may say so.
  if (vm.state == Vm::STATE_LOST) {
    if (permit == nullptr) return Wait{"a worker that asks its cloud"};
    const absl::Status confirmed =
        access_.ConfirmCloud(context, *machine.evroc_cluster, *permit);
    if (!confirmed.ok()) return FailVm(context, machine, confirmed);
  }
  const absl::Duration waited = waits_.Waited(
      machine.evroc->meta.key, vm.waiting_since, env_.monotonic.Now());
  EvrocMachineStatus status = StatusOf(machine, vm);
  EVROC_ASSIGN_OR_RETURN(const bool adopted,
                         nodes_.AdoptProviderId(context, machine));
  if (adopted) status = StatusOf(machine, vm);
  if (applied) {
    SetAppliedTo(machine, status);
  } else {
    SetAsCluster(machine, status);
  }
  const Lateness lateness =
      LatenessOf(vm, status.provisioned, waited, env_.provisioning_timeout);
  if (lateness.stage != Lateness::Stage::kNone) {
    SetLateness(lateness, machine.evroc->meta.generation, env_.clock.Now(),
                status);
    zones_.Avoid(*machine.evroc, status.failure_domain, env_.monotonic.Now());
  }
  EVROC_ASSIGN_OR_RETURN(const Outcome outcome,
                         Record(context, machine, vm, status));
  if (lateness.next == absl::InfiniteDuration()) return outcome;
  return RetryAfter{lateness.next, "room in its zone, or its image"};
}

ReconcileResult StatusRecorder::Record(const CallContext& context,
                                       MachineContext& machine,
                                       const MachineSnapshot& vm,
                                       const EvrocMachineStatus& status) {
  const EvrocMachineStatus before = machine.evroc->status;
  EVROC_ASSIGN_OR_RETURN(machine.evroc,
                         writer_.WriteStatus(context, machine.evroc, status));
  zones_.Forget(machine.evroc->meta.key);
  if (!before.provisioned && status.provisioned) {
    env_.publish(
        {.type = kEvrocMachineType,
         .object = machine.evroc->meta,
         .reason = "VMRunning",
         .action = "Provision",
         .message = absl::StrCat("the virtual machine ", vm.id, " runs")});
  }
  PublishUnready(machine.evroc->meta, before.conditions, status.conditions);
  for (const absl::string_view type : {kCredentialsReady, kCloudReachable}) {
    env_.PublishCondition(kEvrocMachineType, machine.evroc->meta, type,
                          before.conditions, status.conditions);
  }
  if (vm.state == Vm::STATE_RUNNING) return Done{};
  return Wait{"the cloud"};
}

void StatusRecorder::PublishUnready(const ObjectMeta& object,
                                    const Conditions& before,
                                    const Conditions& after) const {
  const KubeCondition* ready = after.Find("Ready");
  if (ready == nullptr) return;
  const bool newly_late =
      IsLate(ready->reason) && before.ReasonOf("Ready") != ready->reason;
  if (!newly_late && (!before.IsTrue("Ready") || after.IsTrue("Ready"))) return;
  env_.publish({.type = kEvrocMachineType,
                .object = object,
                .warning = true,
                .reason = newly_late ? ready->reason.str()
                                     : absl::StrCat("VM", ready->reason.str()),
                .action = "Observe",
                .message = ready->message});
}

absl::Status StatusRecorder::WriteUnknown(const CallContext& context,
                                          const MachineContext& machine) {
  const EvrocMachinePtr& evroc = machine.evroc;
  EvrocMachineStatus status = evroc->status;
  SetAsCluster(machine, status);
  return writer_.WriteStatus(context, evroc, status).status();
}

void StatusRecorder::SetAsCluster(const MachineContext& machine,
                                  EvrocMachineStatus& status) const {
  for (const absl::string_view type : {kCredentialsReady, kCloudReachable}) {
    const KubeCondition* const of_cluster =
        machine.evroc_cluster->status.conditions.Find(type);
    if (of_cluster == nullptr) continue;
    status.conditions.Set(type, of_cluster->status, of_cluster->reason.str(),
                          of_cluster->message.str(),
                          machine.evroc->meta.generation, env_.clock.Now());
  }
}

void StatusRecorder::SetAppliedTo(const MachineContext& machine,
                                  EvrocMachineStatus& status) const {
  const ObjectMeta& meta = machine.evroc->meta;
  const absl::Time now = env_.clock.Now();
  status.conditions.Set(kBootstrapDataReady, ConditionStatus::kTrue,
                        "Available", "", meta.generation, now);
  SetApplied(meta.generation, now, status.conditions);
  SetUnmetOfMachine(meta.generation, now, status);
  access_.SetContact(*machine.evroc_cluster, machine.cluster_id(),
                     WaiterName(kEvrocMachineType, meta.key), nullptr,
                     meta.generation, status.conditions);
  status.conditions.KeepTransitions(machine.evroc->status.conditions);
}

ReconcileResult StatusRecorder::WriteWaiting(const CallContext& context,
                                             const MachineContext& machine,
                                             const ReconcileError& waiting) {
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus status =
      StatusWithError(WithoutUnmet(*machine.evroc), waiting, now);
  status.annotations =
      AnnotationsAfter(*machine.evroc, env_.cache.StandingOf(*machine.evroc));
  RemoveUnmet({kCloudIdentityMatched}, status.conditions);
  status.conditions.KeepTransitions(machine.evroc->status.conditions);
  SetPaused(false, false, machine.evroc->meta.generation, now,
            status.conditions);
  EVROC_RETURN_IF_ERROR(
      writer_.WriteStatus(context, machine.evroc, status).status());
  if (waiting.retry_after > absl::ZeroDuration()) {
    return RetryAfter{waiting.retry_after, waiting.reason};
  }
  return Wait{waiting.reason};
}

ReconcileResult StatusRecorder::FailVm(const CallContext& context,
                                       const MachineContext& machine,
                                       const absl::Status& status,
                                       absl::string_view condition,
                                       const Bulkhead::Permit* permit) {
  ReconcileError error = access_.Explain(*machine.evroc_cluster, status);
  if (!IsOtherCloud(status)) error.condition = std::string(condition);
  return Fail(context, machine, error, permit);
}

ReconcileResult StatusRecorder::Fail(const CallContext& context,
                                     const MachineContext& machine,
                                     ReconcileError error,
                                     const Bulkhead::Permit* permit) {
  const ObjectKey& key = machine.evroc->meta.key;
  if (error.reason == kQuotaExceededReason) {
    error.retry_after = env_.quota.Refused(
        WaiterName(kEvrocMachineType, key), machine.evroc_cluster->meta.key,
        [enqueue = env_.enqueue_machine, key] {
          enqueue(key, Priority::kNormal);
        });
  }
  if (error.reason == kZoneRefusedReason) {
    zones_.Avoid(*machine.evroc,
                 std::string(machine.evroc->meta.Annotation(kZoneAnnotation)),
                 env_.monotonic.Now());
  }
  // All of its machines are in the same doubt.
  if (IsOtherCloud(error.cause) && machine.record.doubt.ok()) {
    env_.enqueue_cluster(machine.evroc_cluster->meta.key, Priority::kHigh);
  }
  // The cluster finds out how the cloud is called now, and enqueues its
  // machines.
  return access_.Fail(
      *machine.evroc_cluster, error,
      {.name = WaiterName(kEvrocMachineType, key),
       .enqueue = env_.enqueue_cluster,
       .key = machine.evroc_cluster->meta.key},
      [&] { return RecordError(context, machine, error, permit); });
}

bool StatusRecorder::HasItsClustersId(const MachineContext& machine) const {
  return env_.cache.MayHaveId(*machine.evroc_cluster, machine.cluster_id());
}

// A failed call says nothing about the machine; its status follows the reports.
EvrocMachineStatus StatusRecorder::ObservedWithError(
    const CallContext& context, const MachineContext& machine,
    const ReconcileError& error, const Bulkhead::Permit* permit) {
  const absl::Time now = env_.clock.Now();
  EvrocMachineObject evroc = *machine.evroc;
  const bool synced =
      !IsOtherCloud(error.cause) && !machine.machine_id().empty() &&
      env_.cache.StandingOf(evroc).owns() && HasItsClustersId(machine) &&
      env_.watcher.KnowsMachines(machine.cluster_id());
  const auto reported =
      synced ? env_.view.Machine(machine.cluster_id(), machine.machine_id())
             : std::nullopt;
  if (!reported.has_value() && !(synced && evroc.status.provisioned)) {
    return StatusWithError(WithoutUnmet(std::move(evroc)), error, now);
  }
  const MachineSnapshot vm = VmOf(evroc, reported.value_or(LostMachine()));
  if (vm.state == Vm::STATE_LOST) {
    if (IsSomebodyElses(error)) return StatusUnseen(evroc, error, now);
    if (!MayTellLoss(context, machine, error, permit)) {
      return StatusWithError(evroc, error, now);
    }
  }
  evroc.status =
      StatusOfMachine(evroc, vm, evroc.meta.Annotation(kZoneAnnotation),
                      ProviderIdStateOf(machine), now);
  SetPublicIpReady(env_, vm, machine, evroc.status);
  nodes_.Run(machine, evroc.status);
  return StatusWithError(evroc, error, now);
}

// A credential that may see less than it should is no reason to replace
// machines that run, nor is one that may lead to another cloud.
bool StatusRecorder::MayTellLoss(const CallContext& context,
                                 const MachineContext& machine,
                                 const ReconcileError& error,
                                 const Bulkhead::Permit* permit) {
  return permit != nullptr && !ConcernsAccess(error) &&
         access_.ConfirmCloud(context, *machine.evroc_cluster, *permit).ok();
}

absl::Status StatusRecorder::RecordError(const CallContext& context,
                                         const MachineContext& machine,
                                         const ReconcileError& error,
                                         const Bulkhead::Permit* permit) {
  const EvrocMachinePtr& evroc = machine.evroc;
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus status =
      ObservedWithError(context, machine, error, permit);
  // Another cluster's id is not kept.
  if (HasItsClustersId(machine)) {
    status.annotations =
        AnnotationsAfter(*evroc, env_.cache.StandingOf(*evroc));
  }
  if (error.answered && !error.kubernetes && !IsOtherCloud(error.cause)) {
    SetCloudMatched(evroc->meta.generation, now, status.conditions);
  }
  SetScopeMatches(*evroc, machine.evroc_cluster->spec, now, status);
  SetPaused(false, false, evroc->meta.generation, now, status.conditions);
  access_.SetContact(*machine.evroc_cluster,
                     HasItsClustersId(machine) ? machine.cluster_id() : "",
                     WaiterName(kEvrocMachineType, evroc->meta.key), &error,
                     evroc->meta.generation, status.conditions);
  const Conditions before = evroc->status.conditions;
  status.conditions.KeepTransitions(before);
  EVROC_RETURN_IF_ERROR(
      writer_.WriteStatus(env_.ToTell(context), evroc, status).status());
  if (status.conditions.ReasonOf("Ready") != error.reason) {
    PublishUnready(evroc->meta, before, status.conditions);
  }
  env_.PublishOutcome(kEvrocMachineType, evroc->meta, error, before,
                      status.conditions);
  return absl::OkStatus();
}

}  // namespace evroc::shim
