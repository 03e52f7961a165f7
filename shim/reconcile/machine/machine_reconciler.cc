#include "shim/reconcile/machine/machine_reconciler.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/machine/machine_status.h"
#include "shim/reconcile/observed_vm.h"
#include "shim/reconcile/ownership.h"
#include "shim/reconcile/paused.h"
#include "shim/reconcile/settled.h"
#include "shim/reconcile/uuid.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

// Where nothing may tell that a wait is over.
constexpr absl::Duration kLookAgain = absl::Minutes(2);

// Among those who wait for a Secret.
std::string WaiterOf(const ObjectKey& key) {
  return absl::StrCat("EvrocMachine ", ToString(key));
}

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

// Why a machine is not made yet.
struct Gate {
  absl::string_view reason;
  absl::string_view message;
};

// Nothing once the cluster lets machines be made (IM-02).
std::optional<Gate> ClusterGate(const MachineContext& machine) {
  if (machine.evroc_cluster == nullptr) {
    return Gate{"WaitingForInfrastructureCluster",
                "the EvrocCluster does not exist yet"};
  }
  if (machine.evroc_cluster->meta.deleting) {
    return Gate{"ClusterDeleting", "the EvrocCluster is being deleted"};
  }
  if (!machine.cluster->infrastructure_provisioned) {
    return Gate{"WaitingForClusterInfrastructureReady",
                "the cluster's network is not ready yet"};
  }
  return std::nullopt;
}

// Where a machine without a failure domain may go: all zones, or those of the
// subnet that it names.
absl::StatusOr<std::vector<std::string>> CandidateZones(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  const std::string& subnet_name = machine.evroc->spec.subnet_name;
  if (subnet_name.empty()) return network.zones;
  std::vector<std::string> zones;
  bool found = false;
  for (const PlannedSubnet& subnet : network.subnets) {
    if (subnet.entry != subnet_name) continue;
    found = true;
    if (!subnet.zone.empty()) zones.push_back(subnet.zone);
  }
  if (found) return zones;
  return absl::InvalidArgumentError(absl::StrCat(
      "spec.subnetName: the cluster has no subnet \"", subnet_name, "\""));
}

void SetPublicIpReady(const Vm& vm, const MachineContext& machine,
                      absl::Time now, EvrocMachineStatus& status) {
  if (!machine.evroc->spec.public_ip) {
    status.conditions.Remove("PublicIPReady");
    return;
  }
  const bool there = !vm.public_ipv4_address().empty();
  status.conditions.Set(
      "PublicIPReady", there ? ConditionStatus::kTrue : ConditionStatus::kFalse,
      there ? "Available" : "Attaching",
      there ? "" : "the machine does not have its public IP yet",
      machine.evroc->meta.generation, now);
}

}  // namespace

MachineReconciler::MachineReconciler(ReconcileEnv& env, ClusterAccess& access)
    : env_(env),
      access_(access),
      writer_(env.kube, kEvrocMachineType, env.cache.evroc_machines,
              DecodeEvrocMachine),
      external_(env, access),
      provision_(env, writer_),
      nodes_(env),
      deletion_(env, access, writer_) {}

ReconcileResult MachineReconciler::Reconcile(const CallContext& context,
                                             const ObjectKey& key) {
  EvrocMachinePtr evroc = env_.cache.evroc_machines.Find(key);
  if (evroc == nullptr) {
    env_.nodes.Forget(key);
    zones_.Forget(key);
    env_.secret_watches.Forget(WaiterOf(key));
    return Gone{};
  }
  MachineContext machine = ReadContext(env_, std::move(evroc));
  const ObjectMeta& meta = machine.evroc->meta;
  const bool owned = meta.FindOwner(kCoreGroup, "Machine") != nullptr;
  // Nothing is written before that, not even a finalizer (IM-01).
  if (!owned && !meta.deleting) return Wait{"its owner reference"};
  if (machine.paused_by_cluster() || meta.paused) {
    return WritePaused(context, machine.evroc, machine.paused_by_cluster());
  }
  if (meta.deleting) return deletion_.Reconcile(context, machine);
  if (machine.machine == nullptr) return Wait{"its Machine"};
  if (machine.cluster == nullptr) return Wait{"its Cluster"};
  return ReconcileLiving(context, machine);
}

ReconcileResult MachineReconciler::WritePaused(const CallContext& context,
                                               const EvrocMachinePtr& evroc,
                                               bool by_cluster) {
  EvrocMachineStatus status = evroc->status;
  SetPaused(by_cluster, evroc->meta.paused, evroc->meta.generation,
            env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return Wait{"the end of the pause"};
}

ReconcileResult MachineReconciler::WriteWaiting(const CallContext& context,
                                                const MachineContext& machine,
                                                absl::string_view type,
                                                absl::string_view reason,
                                                absl::string_view message) {
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus status =
      StatusWhileWaiting(*machine.evroc, type, reason, message, now);
  SetPaused(false, false, machine.evroc->meta.generation, now,
            status.conditions);
  EVROC_RETURN_IF_ERROR(
      writer_.WriteStatus(context, machine.evroc, status).status());
  return Wait{std::string(reason)};
}

ReconcileResult MachineReconciler::ReconcileLiving(const CallContext& context,
                                                   MachineContext& machine) {
  // A machine that exists in the cloud is looked after whatever is missing.
  const bool made = !machine.evroc->spec.provider_id.empty();
  if (made && machine.evroc_cluster == nullptr) {
    return Wait{"its EvrocCluster"};
  }
  if (const std::optional<Gate> gate = ClusterGate(machine);
      !made && gate.has_value()) {
    return WriteWaiting(context, machine, "", gate->reason, gate->message);
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterFor(*machine.evroc_cluster, *machine.evroc);
  if (!permit.has_value()) return ClusterAccess::Busy();
  if (machine.evroc_cluster->meta.managed_by) {
    const absl::Status adopted = external_.Adopt(context, machine, *permit);
    if (!adopted.ok()) return Fail(context, machine, "VMReady", adopted);
  }
  if (machine.record.network == nullptr) {
    BringClusterForward(machine);
    if (made) return Observe(context, machine);
    return WriteWaiting(context, machine, "",
                        "WaitingForClusterInfrastructureReady",
                        "the cluster's network is not known yet");
  }
  if (const absl::Status claimed = Claim(context, machine); !claimed.ok()) {
    return Fail(context, machine, "VMReady", claimed);
  }
  if (!made && machine.machine->data_secret_name.empty()) {
    const bool joins =
        machine.control_plane() || machine.cluster->control_plane_initialized;
    return WriteWaiting(
        context, machine, "BootstrapDataReady",
        joins ? "WaitingForBootstrapData" : "WaitingForControlPlaneInitialized",
        joins ? "the bootstrap provider has not made the bootstrap data yet"
              : "workers join once the control plane is initialized");
  }
  return Provision(context, machine, *permit);
}

// After a start clusters at rest come last, but not one that is waited for.
// Only before its first reconcile: what has failed has a pause of its own.
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
  Halt halt;
  const std::optional<Vm> vm = provision_.Run(context, machine, permit, halt);
  if (!vm.has_value()) {
    if (!halt.status.ok()) {
      return Fail(context, machine, halt.condition, halt.status);
    }
    EVROC_RETURN_IF_ERROR(WriteWaiting(context, machine, halt.condition,
                                       halt.reason, halt.message)
                              .status());
    return RetryAfter{kLookAgain, std::string(halt.reason)};
  }
  return WriteStatus(context, machine, *vm);
}

// The network can't be brought about, but what happens to the machine is said.
ReconcileResult MachineReconciler::Observe(const CallContext& context,
                                           MachineContext& machine) {
  if (!env_.watcher.Synced(machine.cluster_id())) {
    return Wait{"the first complete news of the cloud"};
  }
  return WriteStatus(
      context, machine,
      VmOf(env_.view.Machine(machine.cluster_id(), machine.machine_id())));
}

ReconcileResult MachineReconciler::WriteStatus(const CallContext& context,
                                               MachineContext& machine,
                                               const Vm& vm) {
  const absl::Time now = env_.clock.Now();
  const int64_t generation = machine.evroc->meta.generation;
  EvrocMachineStatus status = StatusOfMachine(
      *machine.evroc, vm, machine.evroc->meta.Annotation(kZoneAnnotation),
      !machine.evroc->spec.provider_id.empty(), now);
  status.conditions.Set("BootstrapDataReady", ConditionStatus::kTrue,
                        "Available", "", generation, now);
  SetPublicIpReady(vm, machine, now, status);
  SetPaused(false, false, generation, now, status.conditions);
  nodes_.Run(machine, status);
  return Record(context, machine, vm, status);
}

ReconcileResult MachineReconciler::Record(const CallContext& context,
                                          MachineContext& machine, const Vm& vm,
                                          const EvrocMachineStatus& status) {
  const EvrocMachineStatus before = machine.evroc->status;
  EVROC_ASSIGN_OR_RETURN(machine.evroc,
                         writer_.WriteStatus(context, machine.evroc, status));
  nodes_.Settle(machine);
  zones_.Forget(machine.evroc->meta.key);
  if (!before.provisioned && status.provisioned) {
    env_.publish(
        {.type = kEvrocMachineType,
         .object = machine.evroc->meta,
         .reason = "VMRunning",
         .action = "Provision",
         .message = absl::StrCat("the virtual machine ", vm.id(), " runs")});
  }
  if (before.conditions.IsTrue("Ready") && !status.conditions.IsTrue("Ready")) {
    const KubeCondition* ready = status.conditions.Find("Ready");
    env_.publish({.type = kEvrocMachineType,
                  .object = machine.evroc->meta,
                  .warning = true,
                  .reason = absl::StrCat("VM", ready->reason.str()),
                  .action = "Observe",
                  .message = ready->message});
  }
  if (vm.state() == Vm::STATE_RUNNING) return Done{};
  return Wait{"the cloud"};
}

absl::StatusOr<std::string> MachineReconciler::ZoneFor(
    const MachineContext& machine) {
  const Placement& network = *machine.record.network;
  // One that exists is where it is (traps.md B15); without zones to choose from
  // that is nothing to be said.
  if (!machine.evroc->spec.provider_id.empty()) {
    if (network.zones.empty()) return std::string();
    const auto vm =
        env_.view.Machine(machine.cluster_id(), machine.machine_id());
    return vm.has_value() && !vm->zone.empty()
               ? vm->zone
               : machine.evroc->status.failure_domain.str();
  }
  const std::string& wanted = machine.machine->failure_domain;
  if (!wanted.empty()) {
    if (Has(network.zones, wanted)) return wanted;
    return absl::InvalidArgumentError(
        absl::StrCat("spec.failureDomain of the Machine: \"", wanted,
                     "\" is not one of the cluster's zones (",
                     network.zones.empty() ? "it has none"
                                           : absl::StrJoin(network.zones, ", "),
                     ")"));
  }
  EVROC_ASSIGN_OR_RETURN(const std::vector<std::string> zones,
                         CandidateZones(machine));
  if (zones.empty()) return std::string();
  return zones_.Pick(*machine.evroc, zones,
                     env_.cache.EvrocMachinesOf(machine.cluster_key));
}

absl::Status MachineReconciler::Claim(const CallContext& context,
                                      MachineContext& machine) {
  const ObjectMeta& meta = machine.evroc->meta;
  const std::string id = machine.machine_id();
  if (!id.empty() && IsCopy(env_.cache.EvrocMachinesOfId(id), meta)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "it was copied from another EvrocMachine with its annotation ",
        kOwnerIdAnnotation, ", and the virtual machine belongs to that one"));
  }
  if (LostIdentity(meta, kMachineFinalizer)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "somebody removed its annotation ", kOwnerIdAnnotation,
        ", by which the virtual machine is found: put it back (label "
        "capi-machine-id of the virtual machine)"));
  }
  Json annotations = Json::Object();
  if (id.empty()) annotations.Set(kOwnerIdAnnotation, RandomUuid());
  if (machine.cluster_id().empty()) {
    annotations.Set(kClusterIdAnnotation, machine.record.network->cluster_id);
  }
  if (meta.Annotation(kZoneAnnotation).empty()) {
    EVROC_ASSIGN_OR_RETURN(const std::string zone, ZoneFor(machine));
    if (!zone.empty()) annotations.Set(kZoneAnnotation, zone);
  }
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

ReconcileResult MachineReconciler::Fail(const CallContext& context,
                                        const MachineContext& machine,
                                        absl::string_view type,
                                        const absl::Status& status) {
  // Our own patches conflict with others': read again at once.
  if (absl::IsAborted(status)) return status;
  const EvrocMachinePtr& evroc = machine.evroc;
  const ReconcileError error = access_.Explain(
      *machine.evroc_cluster, status, WaiterOf(evroc->meta.key),
      // The cluster finds out how the cloud is called now, and
      // wakes its machines.
      [enqueue = env_.enqueue_cluster, key = machine.evroc_cluster->meta.key] {
        enqueue(key, Priority::kNormal);
      });
  if (error.transient) {
    if (error.retry_after > absl::ZeroDuration()) {
      return RetryAfter{error.retry_after, error.message};
    }
    return status;
  }
  const absl::Time now = env_.clock.Now();
  EvrocMachineStatus updated = StatusWithError(*evroc, type, error, now);
  SetPaused(false, false, evroc->meta.generation, now, updated.conditions);
  const bool news = evroc->status.conditions.ReasonOf(type) != error.reason;
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, updated).status());
  if (news) {
    env_.publish({.type = kEvrocMachineType,
                  .object = evroc->meta,
                  .warning = true,
                  .reason = error.reason,
                  .action = "Provision",
                  .message = error.message});
  }
  return RetryAfter{error.retry_after, error.reason};
}

}  // namespace evroc::shim
