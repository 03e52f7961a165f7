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
#include "shim/reconcile/identity/copies.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/machine/status/lateness.h"
#include "shim/reconcile/machine/status/machine_status.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"
#include "shim/reconcile/takeover/unasked_parts.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

constexpr char kWaitingForNetwork[] = "WaitingForClusterInfrastructureReady";

// The machine's EvrocCluster by its id. Another namespace's credential is not
// for it.
EvrocClusterPtr ClusterById(const ObjectCache& cache,
                            const EvrocMachineObject& machine) {
  const std::string id(KeptAnnotation(machine, kClusterIdAnnotation));
  for (const EvrocClusterPtr& each : cache.EvrocClustersOfId(id)) {
    if (each->meta.key.name_space == machine.meta.key.name_space &&
        cache.StandingOf(*each).owns()) {
      return each;
    }
  }
  return nullptr;
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
    context.evroc_cluster = ClusterById(env.cache, *context.evroc);
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

// Why an untaken machine is neither looked at nor taken over; nothing if it is.
std::optional<LeftAside> WhyLeftAside(const ObjectCache& cache,
                                      const MachineContext& machine) {
  const ObjectMeta& meta = machine.evroc->meta;
  if (const Standing standing = cache.StandingOf(*machine.evroc);
      !standing.owns()) {
    const absl::Status error = StandingError(
        kEvrocMachineType, meta, standing,
        meta.HasFinalizer(kMachineFinalizer) ? kMachineFinalizer
                                             : kOfficialMachineFinalizer);
    return LeftAside{kCopyOf, std::string(error.message())};
  }
  if (machine.evroc_cluster == nullptr) {
    return LeftAside{
        kClusterGone,
        "its EvrocCluster, which says in which cloud it is, does not exist. If "
        "that is gone for good, remove what the machine has in the cloud, "
        "delete its Machine, and remove the finalizer by hand"};
  }
  if (IsExternallyManaged(*machine.evroc_cluster)) {
    return LeftAside{kManagedElsewhere,
                     "its EvrocCluster has the annotation "
                     "cluster.x-k8s.io/managed-by: another controller's "
                     "clusters are not taken over"};
  }
  return std::nullopt;
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

}  // namespace

MachineReconciler::MachineReconciler(ReconcileEnv& env, ClusterAccess& access)
    : env_(env),
      access_(access),
      writer_(env.kube, kEvrocMachineType, env.cache.evroc_machines,
              DecodeEvrocMachine),
      external_(env, access),
      provision_(env, access, writer_),
      claim_(env, writer_, zones_),
      recorder_(env, access, writer_, zones_),
      deletion_(env, access, writer_),
      take_over_(env, access, writer_) {}

ReconcileResult MachineReconciler::Reconcile(const CallContext& context,
                                             const ReconcileRequest& request) {
  const ObjectKey& key = request.key;
  const SecretWatches::Renewal renewal(env_.secret_watches,
                                       WaiterName(kEvrocMachineType, key));
  const EvrocMachinePtr evroc = env_.cache.evroc_machines.Find(key);
  if (evroc == nullptr) {
    env_.nodes.Forget(key);
    zones_.Forget(key);
    recorder_.Forget(key);
    deletion_.Forget(key);
    env_.failing_calls.Answered(WaiterName(kEvrocMachineType, key));
    return Gone{};
  }
  ReconcileResult result = Step(context, request, ReadContext(env_, evroc));
  env_.PublishRefusedWrite(kEvrocMachineType, evroc->meta, result.status());
  return result;
}

ReconcileResult MachineReconciler::Step(const CallContext& context,
                                        const ReconcileRequest& request,
                                        MachineContext machine) {
  const ObjectKey& key = request.key;
  const ObjectMeta meta = machine.evroc->meta;
  const bool owned = meta.FindOwner(kCoreGroup, "Machine") != nullptr;
  // Without an owner nothing is written, not even a finalizer (IM-01).
  if (!owned && !meta.deleting) return Wait{"its owner reference"};
  if (machine.paused_by_cluster() || meta.paused) {
    env_.nodes.Forget(key);
    return WritePaused(context, request, machine);
  }
  const bool goes_back =
      machine.evroc_cluster != nullptr && GoesBack(*machine.evroc_cluster);
  const bool held =
      !goes_back &&
      KeepsFinalizer(*machine.evroc, env_.cache.StandingOf(*machine.evroc),
                     /*has_cluster=*/machine.cluster != nullptr);
  const auto restored = RestoreMarks(context, writer_, machine.evroc,
                                     held ? kMachineFinalizer : "");
  if (!restored.ok() && !IsRefusedWrite(restored.status())) {
    return restored.status();
  }
  env_.PublishRefusedWrite(kEvrocMachineType, meta, restored.status());
  machine.evroc =
      restored.ok() ? *restored : WithKeptAnnotations(*machine.evroc);
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
    return recorder_.FailVm(context, machine, status);
  };
  const bool owns = env_.cache.StandingOf(*machine.evroc).owns();
  if (machine.evroc_cluster != nullptr && GoesBack(*machine.evroc_cluster)) {
    if (machine.machine_id().empty()) return Wait{"the official provider"};
    if (meta.deleting || !owns) return std::nullopt;
    env_.nodes.Forget(meta.key);
    return take_over_.GiveBack(context, request, machine, fail);
  }
  if (!IsUntaken(*machine.evroc)) return std::nullopt;
  // Its end says more of a copy.
  if (meta.deleting && !owns) return std::nullopt;
  if (const auto why = WhyLeftAside(env_.cache, machine); why.has_value()) {
    return take_over_.LeaveAside(context, machine.evroc, *why);
  }
  if (machine.machine == nullptr && !meta.deleting) return Wait{"its Machine"};
  return take_over_.Take(
      context, request, machine, [&](const absl::Status& status) {
        return recorder_.FailVm(context, machine, status, kTakenOver);
      });
}

ReconcileResult MachineReconciler::WritePaused(const CallContext& context,
                                               const ReconcileRequest& request,
                                               const MachineContext& machine) {
  const EvrocMachinePtr& evroc = machine.evroc;
  EvrocMachineStatus status = evroc->status;
  Outcome outcome = Wait{"the end of the pause"};
  const bool goes_back =
      machine.evroc_cluster != nullptr && GoesBack(*machine.evroc_cluster);
  if (IsUntaken(*evroc) && !goes_back) {
    if (const auto why = WhyLeftAside(env_.cache, machine); why.has_value()) {
      SetLeftAside(*why, /*paused=*/true, evroc->meta.generation,
                   env_.clock.Now(), status.conditions);
    } else {
      outcome = take_over_.Report(context, request, machine, status);
    }
  }
  SetPaused(machine.paused_by_cluster(), evroc->meta.paused,
            evroc->meta.generation, env_.clock.Now(), status.conditions);
  EVROC_RETURN_IF_ERROR(writer_.WriteStatus(context, evroc, status).status());
  return outcome;
}

ReconcileResult MachineReconciler::ReconcileLiving(
    const CallContext& context, const ReconcileRequest& request,
    MachineContext& machine) {
  // A machine that exists in the cloud is reconciled whatever is missing.
  const bool made = WasMade(*machine.evroc);
  if (made && machine.evroc_cluster == nullptr) {
    return Wait{"its EvrocCluster"};
  }
  const Standing standing = env_.cache.StandingOf(*machine.evroc);
  if (!standing.owns() && machine.evroc_cluster != nullptr) {
    return recorder_.FailVm(
        context, machine,
        StandingError(kEvrocMachineType, machine.evroc->meta, standing,
                      kMachineFinalizer));
  }
  if (machine.evroc_cluster != nullptr &&
      !env_.cache.MayHaveId(*machine.evroc_cluster, machine.cluster_id())) {
    return recorder_.FailVm(
        context, machine,
        ClusterIdError(machine, machine.evroc_cluster->meta.key));
  }
  // Its reconcile brings the machines back.
  if (!machine.record.doubt.ok()) {
    return recorder_.FailVm(context, machine, machine.record.doubt);
  }
  if (const auto blocked = BlockedByCluster(machine);
      !made && blocked.has_value()) {
    return recorder_.WriteWaiting(context, machine, *blocked);
  }
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(*machine.evroc_cluster, request);
  if (!permit.has_value()) {
    if (made) {
      EVROC_RETURN_IF_ERROR(
          Observe(context, machine, /*permit=*/nullptr).status());
    }
    return ClusterAccess::Busy();
  }
  return ReconcileAdmitted(context, machine, *permit);
}

ReconcileResult MachineReconciler::ReconcileAdmitted(
    const CallContext& context, MachineContext& machine,
    const Bulkhead::Permit& permit) {
  const bool made = WasMade(*machine.evroc);
  if (IsExternallyManaged(*machine.evroc_cluster)) {
    const absl::Status adopted = external_.Adopt(context, machine, permit);
    if (!adopted.ok()) {
      return recorder_.FailVm(context, machine, adopted, kVmReady, &permit);
    }
  }
  if (machine.record.network == nullptr) {
    BringClusterForward(machine);
    if (made) return Observe(context, machine, &permit);
    return recorder_.WriteWaiting(
        context, machine,
        Waiting("", kWaitingForNetwork,
                "the cluster's network is not known yet"));
  }
  if (const absl::Status claimed = claim_.Run(context, machine);
      !claimed.ok()) {
    return recorder_.FailVm(context, machine, claimed, kVmReady, &permit);
  }
  if (!made && machine.machine->data_secret_name.empty()) {
    return recorder_.WriteWaiting(context, machine, NoBootstrapData(machine));
  }
  return Provision(context, machine, permit);
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
    return recorder_.WriteApplied(context, machine, *vm, permit);
  }
  const auto& error = std::get<ReconcileError>(result);
  return error.cause.ok() ? recorder_.WriteWaiting(context, machine, error)
                          : recorder_.Fail(context, machine, error, &permit);
}

// The network is not known, but the status still follows the machine.
ReconcileResult MachineReconciler::Observe(const CallContext& context,
                                           MachineContext& machine,
                                           const Bulkhead::Permit* permit) {
  const std::optional<MachineSnapshot> seen =
      env_.view.Machine(machine.cluster_id(), machine.machine_id());
  const bool is_there = seen.has_value() && !seen->uid.empty();
  if (!is_there && !env_.watcher.KnowsMachines(machine.cluster_id())) {
    EVROC_RETURN_IF_ERROR(recorder_.WriteUnknown(context, machine));
    return Wait{"the first complete snapshot of the cloud"};
  }
  return recorder_.WriteObserved(context, machine, seen.value_or(LostMachine()),
                                 permit);
}

}  // namespace evroc::shim
