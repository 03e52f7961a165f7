#include "shim/reconcile/machine/machine_reconciler.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/machine/lateness.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/machine/machine_status.h"
#include "shim/reconcile/machine/vm_identity.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/ownership.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"
#include "shim/reconcile/takeover/unasked_parts.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

constexpr char kWaitingForNetwork[] = "WaitingForClusterInfrastructureReady";

bool Has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

MachineContext ReadContext(const ReconcileEnv& env, EvrocMachinePtr evroc) {
  MachineContext context{.evroc = std::move(evroc)};
  context.machine = env.cache.OwnerOf(*context.evroc);
  const ObjectMeta& meta = context.evroc->meta;
  context.cluster_key = {meta.key.name_space,
                         context.machine != nullptr
                             ? context.machine->cluster_name
                             : meta.cluster_name};
  context.cluster = env.cache.clusters.Find(context.cluster_key);
  context.evroc_cluster = env.cache.EvrocClusterOf(context.cluster_key);
  if (context.evroc_cluster == nullptr) {
    context.evroc_cluster = env.cache.EvrocClusterOfId(context.cluster_id());
  }
  if (context.evroc_cluster != nullptr) {
    context.record = env.cluster_infos.Find(context.evroc_cluster->meta.key)
                         .value_or(ClusterInfo{});
  }
  return context;
}

// Why the cluster does not let machines be made yet (IM-02); nothing once it
// does.
std::optional<ReconcileError> BlockedByCluster(const MachineContext& machine) {
  if (machine.evroc_cluster == nullptr) {
    return Waiting("", "WaitingForInfrastructureCluster",
                   "the EvrocCluster does not exist yet");
  }
  if (machine.evroc_cluster->meta.deleting) {
    return Waiting("", "ClusterDeleting", "the EvrocCluster is being deleted");
  }
  if (!machine.cluster->infrastructure_provisioned) {
    return Waiting("", kWaitingForNetwork,
                   "the cluster's network is not ready yet");
  }
  return std::nullopt;
}

absl::Status CopyError() {
  return absl::FailedPreconditionError(absl::StrCat(
      "it was copied from another EvrocMachine with its annotation ",
      kOwnerIdAnnotation, " or ", kMachineOwnershipIdAnnotation,
      ", and the virtual machine belongs to that one"));
}

ReconcileError NoBootstrapData(const MachineContext& machine) {
  constexpr char kCondition[] = "BootstrapDataReady";
  if (machine.control_plane() || machine.cluster->control_plane_initialized) {
    return Waiting(
        kCondition, "WaitingForBootstrapData",
        "the bootstrap provider has not made the bootstrap data yet");
  }
  return Waiting(kCondition, "WaitingForControlPlaneInitialized",
                 "workers join once the control plane is initialized");
}

// Where a machine without a failure domain may go: all zones of its role, or
// those of the subnet that it names.
absl::StatusOr<std::vector<std::string>> CandidateZones(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  const std::string& subnet_name = machine.evroc->spec.subnet_name;
  if (subnet_name.empty()) {
    return machine.control_plane() ? network.control_plane_zones
                                   : network.zones;
  }
  std::vector<std::string> zones;
  bool found = false;
  for (const PlannedSubnet& subnet : network.subnets) {
    if (subnet.entry != subnet_name) continue;
    found = true;
    if (!subnet.zone.empty()) zones.push_back(subnet.zone);
  }
  if (found) return zones;
  return InvalidField(
      "spec.subnetName",
      absl::StrCat("the cluster has no subnet \"", subnet_name, "\""));
}

// spec.providerID, given a cluster that is known.
ProviderIdState ProviderIdStateOf(const MachineContext& machine) {
  if (!machine.evroc->spec.provider_id.empty()) return ProviderIdState::kSet;
  return machine.external_cloud_provider() ? ProviderIdState::kComesFromNode
                                           : ProviderIdState::kUnset;
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

}  // namespace

MachineReconciler::MachineReconciler(ReconcileEnv& env, ClusterAccess& access)
    : env_(env),
      access_(access),
      writer_(env.kube, kEvrocMachineType, env.cache.evroc_machines,
              DecodeEvrocMachine),
      external_(env, access),
      provision_(env, access, writer_),
      nodes_(env, writer_),
      deletion_(env, access, writer_),
      take_over_(env, access, writer_) {}

ReconcileResult MachineReconciler::Reconcile(const CallContext& context,
                                             const ReconcileRequest& request) {
  const ObjectKey& key = request.key;
  EvrocMachinePtr evroc = env_.cache.evroc_machines.Find(key);
  if (evroc == nullptr) {
    env_.nodes.Forget(key);
    zones_.Forget(key);
    env_.secret_watches.Forget(WaiterName(kEvrocMachineType, key));
    return Gone{};
  }
  MachineContext machine = ReadContext(env_, std::move(evroc));
  const ObjectMeta& meta = machine.evroc->meta;
  const bool owned = meta.FindOwner(kCoreGroup, "Machine") != nullptr;
  // Without an owner nothing is written, not even a finalizer (IM-01).
  if (!owned && !meta.deleting) return Wait{"its owner reference"};
  if (machine.paused_by_cluster() || meta.paused) {
    env_.nodes.Forget(key);
    return WritePaused(context, request, machine);
  }
  if (auto handed = HandOver(context, request, machine); handed.has_value()) {
    return *std::move(handed);
  }
  if (meta.deleting) return deletion_.Reconcile(context, request, machine);
  if (machine.machine == nullptr) return Wait{"its Machine"};
  if (machine.cluster == nullptr) return Wait{"its Cluster"};
  return ReconcileLiving(context, request, machine);
}

std::optional<ReconcileResult> MachineReconciler::HandOver(
    const CallContext& context, const ReconcileRequest& request,
    const MachineContext& machine) {
  const ObjectMeta& meta = machine.evroc->meta;
  const auto fail = [&](const absl::Status& status) {
    return FailVm(context, machine, status);
  };
  if (machine.evroc_cluster == nullptr) return std::nullopt;
  if (GoesBack(*machine.evroc_cluster)) {
    if (machine.machine_id().empty()) return Wait{"the official provider"};
    if (meta.deleting) return std::nullopt;
    env_.nodes.Forget(meta.key);
    return take_over_.GiveBack(context, request, machine, fail);
  }
  if (!IsUntaken(*machine.evroc)) return std::nullopt;
  if (IsCopyOfAnother(*machine.evroc)) {
    return meta.deleting ? std::nullopt
                         : std::optional<ReconcileResult>(fail(CopyError()));
  }
  if (machine.machine == nullptr && !meta.deleting) return Wait{"its Machine"};
  return take_over_.Take(context, request, machine,
                         [&](const absl::Status& status) {
                           return FailVm(context, machine, status, kTakenOver);
                         });
}

ReconcileResult MachineReconciler::WritePaused(const CallContext& context,
                                               const ReconcileRequest& request,
                                               const MachineContext& machine) {
  const EvrocMachinePtr& evroc = machine.evroc;
  EvrocMachineStatus status = evroc->status;
  Outcome outcome = Wait{"the end of the pause"};
  if (IsUntaken(*evroc) && machine.evroc_cluster != nullptr &&
      !GoesBack(*machine.evroc_cluster) && !IsCopyOfAnother(*evroc)) {
    outcome = take_over_.Report(context, request, machine, status);
  }
  SetPaused(machine.paused_by_cluster(), evroc->meta.paused,
            evroc->meta.generation, env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return outcome;
}

ReconcileResult MachineReconciler::WriteWaiting(const CallContext& context,
                                                const MachineContext& machine,
                                                const ReconcileError& waiting) {
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus status = StatusWithError(*machine.evroc, waiting, now);
  SetPaused(false, false, machine.evroc->meta.generation, now,
            status.conditions);
  EVROC_RETURN_IF_ERROR(
      writer_.WriteStatus(context, machine.evroc, status).status());
  if (waiting.retry_after > absl::ZeroDuration()) {
    return RetryAfter{waiting.retry_after, waiting.reason};
  }
  return Wait{waiting.reason};
}

ReconcileResult MachineReconciler::ReconcileLiving(
    const CallContext& context, const ReconcileRequest& request,
    MachineContext& machine) {
  // A machine that exists in the cloud is reconciled whatever is missing.
  const bool made = WasMade(*machine.evroc);
  if (made && machine.evroc_cluster == nullptr) {
    return Wait{"its EvrocCluster"};
  }
  if (const auto blocked = BlockedByCluster(machine);
      !made && blocked.has_value()) {
    return WriteWaiting(context, machine, *blocked);
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(*machine.evroc_cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  if (machine.evroc_cluster->meta.managed_by) {
    const absl::Status adopted = external_.Adopt(context, machine, *permit);
    if (!adopted.ok()) return FailVm(context, machine, adopted);
  }
  if (machine.record.network == nullptr) {
    BringClusterForward(machine);
    if (made) return Observe(context, machine);
    return WriteWaiting(context, machine,
                        Waiting("", kWaitingForNetwork,
                                "the cluster's network is not known yet"));
  }
  if (const absl::Status claimed = Claim(context, machine); !claimed.ok()) {
    return FailVm(context, machine, claimed);
  }
  if (!made && machine.machine->data_secret_name.empty()) {
    return WriteWaiting(context, machine, NoBootstrapData(machine));
  }
  return Provision(context, machine, *permit);
}

// After a start settled clusters come last, but not a cluster that a machine
// waits for. Only before its first reconcile: after a failure it has a delay of
// its own.
void MachineReconciler::BringClusterForward(
    const MachineContext& machine) const {
  const ObjectKey& cluster = machine.evroc_cluster->meta.key;
  if (IsSettled(*machine.evroc) ||
      env_.cluster_infos.Find(cluster).has_value()) {
    return;
  }
  env_.enqueue_cluster(cluster, Priority::kNormal);
}

ReconcileResult MachineReconciler::Provision(const CallContext& context,
                                             MachineContext& machine,
                                             const Bulkhead::Permit& permit) {
  const ProvisionPhase::Result result =
      provision_.Run(context, machine, permit);
  if (const auto* vm = std::get_if<MachineSnapshot>(&result)) {
    return WriteStatus(context, machine, *vm);
  }
  const auto& error = std::get<ReconcileError>(result);
  return error.cause.ok() ? WriteWaiting(context, machine, error)
                          : Fail(context, machine, error);
}

// The network is not known, but the status still follows the machine.
ReconcileResult MachineReconciler::Observe(const CallContext& context,
                                           MachineContext& machine) {
  if (!env_.watcher.Synced(machine.cluster_id())) {
    return Wait{"the first complete snapshot of the cloud"};
  }
  return WriteStatus(
      context, machine,
      env_.view.Machine(machine.cluster_id(), machine.machine_id())
          .value_or(LostMachine()));
}

EvrocMachineStatus MachineReconciler::StatusOf(const MachineContext& machine,
                                               const MachineSnapshot& vm) {
  const absl::Time now = env_.clock.Now();
  const int64_t generation = machine.evroc->meta.generation;
  EvrocMachineStatus status = StatusOfMachine(
      *machine.evroc, vm, machine.evroc->meta.Annotation(kZoneAnnotation),
      ProviderIdStateOf(machine), now);
  status.conditions.Set("BootstrapDataReady", ConditionStatus::kTrue,
                        "Available", "", generation, now);
  SetPublicIpReady(env_, vm, machine, status);
  SetScopeMatches(*machine.evroc, machine.evroc_cluster->spec, now, status);
  SetPaused(false, false, generation, now, status.conditions);
  SetTakenOver(machine.evroc->meta, now, status.conditions);
  nodes_.Run(machine, status);
  return status;
}

ReconcileResult MachineReconciler::WriteStatus(
    const CallContext& context, MachineContext& machine,
    const MachineSnapshot& reported) {
  const MachineSnapshot vm = VmOf(*machine.evroc, reported);
  const absl::Time now = env_.clock.Now();
  const int64_t generation = machine.evroc->meta.generation;
  EvrocMachineStatus status = StatusOf(machine, vm);
  EVROC_ASSIGN_OR_RETURN(const bool adopted,
                         nodes_.AdoptProviderId(context, machine));
  if (adopted) status = StatusOf(machine, vm);
  const Lateness lateness =
      LatenessOf(vm, status.provisioned, env_.provisioning_timeout, now);
  if (lateness.stage != Lateness::Stage::kNone) {
    SetLateness(lateness, generation, now, status);
    zones_.Avoid(*machine.evroc, status.failure_domain, env_.monotonic.Now());
  }
  EVROC_ASSIGN_OR_RETURN(const Outcome outcome,
                         Record(context, machine, vm, status));
  if (lateness.next == absl::InfiniteFuture()) return outcome;
  return RetryAfter{lateness.next - now, "room in its zone, or its image"};
}

ReconcileResult MachineReconciler::Record(const CallContext& context,
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
  const KubeCondition* ready = status.conditions.Find("Ready");
  const bool was_ready = before.conditions.IsTrue("Ready");
  const bool newly_late = ready != nullptr && IsLate(ready->reason) &&
                          before.conditions.ReasonOf("Ready") != ready->reason;
  if (newly_late || (was_ready && !status.conditions.IsTrue("Ready"))) {
    env_.publish({.type = kEvrocMachineType,
                  .object = machine.evroc->meta,
                  .warning = true,
                  .reason = newly_late
                                ? ready->reason.str()
                                : absl::StrCat("VM", ready->reason.str()),
                  .action = "Observe",
                  .message = ready->message});
  }
  if (vm.state == Vm::STATE_RUNNING) return Done{};
  return Wait{"the cloud"};
}

absl::StatusOr<std::string> MachineReconciler::ZoneFor(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  // A VM that exists stays in its zone (traps.md B15), which is not recorded
  // where the cluster has no zones to choose from.
  if (WasMade(*machine.evroc)) {
    if (network.zones.empty()) return std::string();
    const auto vm =
        env_.view.Machine(machine.cluster_id(), machine.machine_id());
    if (vm.has_value() && !vm->zone.empty()) return vm->zone;
    const std::string& seen = machine.evroc->status.failure_domain;
    if (!seen.empty()) return seen;
    // One that is gone, of which nothing is known: any zone will do to say so.
  }
  const std::string& wanted = machine.machine->failure_domain;
  if (!wanted.empty()) {
    if (Has(network.zones, wanted)) return wanted;
    return InvalidField(
        "spec.failureDomain of the Machine",
        absl::StrCat("\"", wanted, "\" is not one of the cluster's zones (",
                     network.zones.empty() ? "it has none"
                                           : absl::StrJoin(network.zones, ", "),
                     ")"));
  }
  EVROC_ASSIGN_OR_RETURN(const std::vector<std::string> zones,
                         CandidateZones(machine));
  if (zones.empty()) return std::string();
  return zones_.Pick(*machine.evroc, zones,
                     env_.cache.EvrocMachinesOf(machine.cluster_key),
                     env_.monotonic.Now());
}

bool MachineReconciler::IsCopyOfAnother(const EvrocMachineObject& evroc) const {
  const std::string id(OwnerIdOf(evroc.meta));
  return !id.empty() && IsCopy(env_.cache.EvrocMachinesOfId(id), evroc.meta);
}

absl::StatusOr<Json> MachineReconciler::ChangedAnnotations(
    const MachineContext& machine) {
  const EvrocMachineObject& evroc = *machine.evroc;
  Json annotations = Json::Object();
  std::string id = machine.machine_id();
  if (id.empty()) id = RandomUuid();
  for (const absl::string_view name :
       {kOwnerIdAnnotation, kMachineOwnershipIdAnnotation}) {
    if (evroc.meta.Annotation(name) != id) annotations.Set(name, id);
  }
  if (machine.cluster_id().empty()) {
    annotations.Set(kClusterIdAnnotation, machine.record.network->cluster_id);
  }
  if (evroc.meta.Annotation(kZoneAnnotation).empty()) {
    EVROC_ASSIGN_OR_RETURN(const std::string zone, ZoneFor(machine));
    if (!zone.empty()) annotations.Set(kZoneAnnotation, zone);
  }
  if (machine.control_plane() &&
      evroc.meta.Annotation(kControlPlaneAnnotation).empty()) {
    annotations.Set(kControlPlaneAnnotation, "true");
  }
  // Of what was kept the spec decides again.
  if (!evroc.meta.Annotation(kKeptPublicIpAnnotation).empty() &&
      !KeepsPublicIp(evroc)) {
    annotations.Set(kKeptPublicIpAnnotation, Json());
  }
  if (evroc.spec.spread &&
      evroc.meta.Annotation(kSpreadGroupAnnotation).empty()) {
    annotations.Set(kSpreadGroupAnnotation,
                    SpreadGroupOf(*machine.machine, machine.control_plane()));
  }
  return annotations;
}

absl::Status MachineReconciler::Claim(const CallContext& context,
                                      MachineContext& machine) {
  const ObjectMeta& meta = machine.evroc->meta;
  if (IsCopyOfAnother(*machine.evroc)) return CopyError();
  if (LostIdentity(meta, kMachineFinalizer)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "somebody removed its annotation ", kOwnerIdAnnotation,
        ", by which the virtual machine is found: put it back (label "
        "capi-machine-id of the virtual machine)"));
  }
  EVROC_ASSIGN_OR_RETURN(Json annotations, ChangedAnnotations(machine));
  const bool held = meta.HasFinalizer(kMachineFinalizer);
  if (held && annotations == Json::Object()) return absl::OkStatus();
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", std::move(annotations));
  if (!held) {
    auto finalizers = meta.finalizers;
    finalizers.emplace_back(kMachineFinalizer);
    patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  }
  EVROC_ASSIGN_OR_RETURN(machine.evroc, writer_.Patch(context, *machine.evroc,
                                                      "", std::move(patch)));
  return absl::OkStatus();
}

ReconcileResult MachineReconciler::FailVm(const CallContext& context,
                                          const MachineContext& machine,
                                          const absl::Status& status,
                                          absl::string_view condition) {
  ReconcileError error = access_.Explain(*machine.evroc_cluster, status);
  error.condition = std::string(condition);
  return Fail(context, machine, error);
}

ReconcileResult MachineReconciler::Fail(const CallContext& context,
                                        const MachineContext& machine,
                                        ReconcileError error) {
  const ObjectKey& key = machine.evroc->meta.key;
  if (error.reason == kQuotaExceededReason) {
    error.retry_after = env_.quota.Refused(
        WaiterName(kEvrocMachineType, key), machine.evroc_cluster->meta.key,
        [enqueue = env_.enqueue_machine, key] {
          enqueue(key, Priority::kNormal);
        });
  }
  // The cluster finds out how the cloud is called now, and enqueues its
  // machines.
  return access_.Fail(*machine.evroc_cluster, error,
                      {.name = WaiterName(kEvrocMachineType, key),
                       .enqueue = env_.enqueue_cluster,
                       .key = machine.evroc_cluster->meta.key},
                      [&] { return RecordError(context, machine, error); });
}

// A failed call says nothing about a machine that runs; its status follows the
// reports. One that they do not show is either lost or no longer known as ours
// by its labels, which only a call that succeeds can tell apart.
EvrocMachineStatus MachineReconciler::ObservedWithError(
    const MachineContext& machine, const ReconcileError& error) {
  const absl::Time now = env_.clock.Now();
  EvrocMachineObject evroc = *machine.evroc;
  const bool reported = evroc.status.provisioned &&
                        !machine.machine_id().empty() &&
                        env_.watcher.Synced(machine.cluster_id());
  if (!reported) return StatusWithError(evroc, error, now);
  const MachineSnapshot vm =
      VmOf(evroc, env_.view.Machine(machine.cluster_id(), machine.machine_id())
                      .value_or(LostMachine()));
  if (vm.state == Vm::STATE_LOST) {
    // A credential that may see less than it should is no reason to replace
    // machines that run.
    return absl::IsFailedPrecondition(error.cause)
               ? StatusUnseen(evroc, error, now)
               : StatusWithError(evroc, error, now);
  }
  evroc.status =
      StatusOfMachine(evroc, vm, evroc.meta.Annotation(kZoneAnnotation),
                      ProviderIdStateOf(machine), now);
  SetPublicIpReady(env_, vm, machine, evroc.status);
  nodes_.Run(machine, evroc.status);
  EvrocMachineStatus status = StatusWithError(evroc, error, now);
  status.conditions.KeepTransitions(machine.evroc->status.conditions);
  return status;
}

absl::Status MachineReconciler::RecordError(const CallContext& context,
                                            const MachineContext& machine,
                                            const ReconcileError& error) {
  const EvrocMachinePtr& evroc = machine.evroc;
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus status = ObservedWithError(machine, error);
  SetPaused(false, false, evroc->meta.generation, now, status.conditions);
  const bool changed =
      evroc->status.conditions.ReasonOf(error.condition) != error.reason;
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  if (changed) env_.PublishError(kEvrocMachineType, evroc->meta, error);
  return absl::OkStatus();
}

}  // namespace evroc::shim
