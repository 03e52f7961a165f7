#include "shim/reconcile/machine/machine_deletion.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/deletion.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/status/machine_status.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

ComputeServiceClient::WholeMachine Everything(const MachineContext& machine) {
  ComputeServiceClient::WholeMachine whole{
      .owner = machine.owner(), .vm_uid = RecordedVmUid(*machine.evroc)};
  if (whole.owner.machine_name().empty()) return whole;
  // Also those that are there and are not asked for any more.
  std::set<std::string> disks;
  for (const AdditionalDiskSpec& disk : machine.evroc->spec.additional_disks) {
    disks.insert(disk.name);
  }
  const auto& seen = machine.evroc->status.additional_disks;
  if (seen.has_value()) disks.insert(seen->begin(), seen->end());
  whole.data_disks.assign(disks.begin(), disks.end());
  return whole;
}

bool HasClusterName(const MachineContext& machine, const ObjectMeta& cluster) {
  return cluster.key.name == (machine.cluster != nullptr
                                  ? machine.cluster->infrastructure_name
                                  : machine.cluster_key.name);
}

bool IsClusterOf(const MachineContext& machine,
                 const EvrocClusterObject& cluster) {
  const std::string id = machine.cluster_id();
  if (id.empty() || IsExternallyManaged(cluster)) {
    return HasClusterName(machine, cluster.meta);
  }
  return KeptIdOf(cluster) == id;
}

// One that has lost its id, or has none yet.
bool MayBeClusterOf(const MachineContext& machine,
                    const EvrocClusterObject& cluster) {
  return KeptIdOf(cluster).empty() &&
         (cluster.meta.HasFinalizer(kClusterFinalizer) ||
          HasClusterName(machine, cluster.meta));
}

}  // namespace

ReconcileResult MachineDeletion::Reconcile(const CallContext& context,
                                           const ReconcileRequest& request,
                                           const MachineContext& machine) {
  const EvrocMachinePtr& evroc = machine.evroc;
  env_.nodes.Forget(evroc->meta.key);
  // Of an object that is being deleted, one can't take the other's place.
  const absl::string_view finalizer =
      evroc->meta.HasFinalizer(kMachineFinalizer) ? kMachineFinalizer
                                                  : kOfficialMachineFinalizer;
  if (!evroc->meta.HasFinalizer(finalizer)) return Done{};
  const auto report = [&](const ReconcileError& reason) {
    return WriteStatus(context, evroc, reason).status();
  };
  const Standing standing = env_.cache.StandingOf(*evroc);
  if (standing.kind == Standing::Kind::kCopy) return Finish(context, evroc);
  if (!standing.owns()) {
    return HoldDoubted(
        StandingError(kEvrocMachineType, evroc->meta, standing, finalizer),
        report);
  }
  if (machine.machine_id().empty()) {
    // Without an owner nothing was begun (IM-14), unless a VM is recorded.
    if (evroc->meta.FindOwner(kCoreGroup, "Machine") == nullptr &&
        !WasMade(*evroc) && !evroc->status.provisioned) {
      return Finish(context, evroc);
    }
    return HoldWithoutId(kOwnerIdAnnotation, report);
  }
  EVROC_ASSIGN_OR_RETURN(const EvrocMachinePtr confirmed,
                         writer_.ConfirmDeleting(context, *evroc, finalizer));
  if (confirmed == nullptr) return Done{};
  const auto cluster = FindCluster(context, machine);
  if (absl::IsFailedPrecondition(cluster.status())) {
    return HoldDoubted(cluster.status(), [&](const ReconcileError& reason) {
      return WriteStatus(context, evroc, reason, nullptr, /*certain=*/false)
          .status();
    });
  }
  EVROC_RETURN_IF_ERROR(cluster.status());
  if (*cluster == nullptr) return GiveUp(context, machine);
  if (machine.cluster_id().empty()) {
    return HoldWithoutId(kClusterIdAnnotation, report);
  }
  MachineContext begun = machine;
  begun.evroc = WithKeptAnnotations(*confirmed);
  if (confirmed->status.conditions.IsTrue("Ready")) {
    EVROC_ASSIGN_OR_RETURN(
        begun.evroc,
        WriteStatus(context, begun.evroc,
                    Waiting("", "Deleting", "it is being deleted")));
  }
  return EmptyCloud(context, request, begun, **cluster);
}

// The cluster may exist though owner references were removed or it is not
// watched: only the API server's list of all that there are says that it is
// gone.
absl::StatusOr<EvrocClusterPtr> MachineDeletion::FindCluster(
    const CallContext& context, const MachineContext& machine) {
  const auto may_have_id = [&](const EvrocClusterObject& cluster) {
    return env_.cache.MayHaveId(cluster, machine.cluster_id());
  };
  if (machine.evroc_cluster != nullptr &&
      env_.cache.StandingOf(*machine.evroc_cluster).owns()) {
    if (may_have_id(*machine.evroc_cluster)) return machine.evroc_cluster;
    return ClusterIdError(machine, machine.evroc_cluster->meta.key);
  }
  std::vector<EvrocClusterPtr> found;
  std::optional<ObjectKey> another;
  std::string unknown;
  const auto look = [&](const Json& object) {
    const auto cluster = WithKeptAnnotations(DecodeEvrocCluster(object));
    const bool may = may_have_id(*cluster);
    if (may && IsClusterOf(machine, *cluster)) {
      found.push_back(cluster);
    } else if (!may && HasClusterName(machine, cluster->meta)) {
      another = cluster->meta.key;
    } else if (MayBeClusterOf(machine, *cluster)) {
      unknown = ToString(cluster->meta.key);
    }
    return absl::OkStatus();
  };
  EVROC_RETURN_IF_ERROR(
      env_.kube
          .List(context, kEvrocClusterType,
                {.name_space = machine.evroc->meta.key.name_space,
                 .label_selector = {},
                 .field_selector = {}},
                look)
          .status());
  for (const EvrocClusterPtr& each : found) {
    if (StandingAmong(found, *each).owns()) return each;
  }
  if (!found.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its EvrocCluster ", ToString(found.front()->meta.key),
        " is not certain to be the one that its owner id belongs to"));
  }
  if (another.has_value()) return ClusterIdError(machine, *another);
  if (unknown.empty()) return EvrocClusterPtr();
  return absl::FailedPreconditionError(absl::StrCat(
      "EvrocCluster ", unknown, ", which may be its own, lost its ",
      "annotation ", kOwnerIdAnnotation, ": put it back"));
}

// The cluster's finalizer was removed by hand, so the credentials are not known
// any more. A missing cluster does not hold a machine.
ReconcileResult MachineDeletion::GiveUp(const CallContext& context,
                                        const MachineContext& machine) {
  env_.publish(
      {.type = kEvrocMachineType,
       .object = machine.evroc->meta,
       .warning = true,
       .reason = "ClusterGone",
       .action = "Delete",
       .message = absl::StrCat(
           "its EvrocCluster is gone: what carries the label capi-machine-id=",
           machine.machine_id(), " in Evroc Cloud is left")});
  return Finish(context, machine.evroc);
}

ReconcileResult MachineDeletion::EmptyCloud(const CallContext& context,
                                            const ReconcileRequest& request,
                                            const MachineContext& machine,
                                            const EvrocClusterObject& cluster) {
  const EvrocMachinePtr& evroc = machine.evroc;
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForMachine(cluster, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const auto remaining = DeleteOnce(context, machine, cluster, *permit);
  const auto report = [&](const ReconcileError& reason) {
    return WriteStatus(env_.ToTell(context), evroc, reason, &cluster).status();
  };
  if (!remaining.ok()) {
    if (IsGivenUp(access_, cluster, remaining.status())) {
      PublishAbandoned(env_, kEvrocMachineType, evroc->meta);
      return Finish(context, evroc);
    }
    return FailDeletion(access_, cluster,
                        {.name = WaiterName(kEvrocMachineType, evroc->meta.key),
                         .enqueue = env_.enqueue_machine,
                         .key = evroc->meta.key},
                        remaining.status(), report);
  }
  if (remaining->empty()) {
    env_.quota.Freed(cluster.meta.key);
    return Finish(context, evroc);
  }
  return StillDeleting(evroc->meta.key, *remaining, intervals_, report);
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
MachineDeletion::DeleteOnce(const CallContext& context,
                            const MachineContext& machine,
                            const EvrocClusterObject& cluster,
                            const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.Open(context, cluster, permit));
  if (access.abandons) return AbandonedError(cluster, access);
  env_.watcher.Hold(machine.cluster_id(), access.scope);
  const ComputeServiceClient::WholeMachine whole = Everything(machine);
  const Bulkhead::Call call = permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(
      std::vector<common::v1::RemainingObject> remaining,
      env_.compute.DeleteVirtualMachine(context, access.scope->proto(), whole));
  if (!remaining.empty()) return remaining;
  return env_.network.DeletePublicIp(context, access.scope->proto(),
                                     whole.owner);
}

absl::StatusOr<EvrocMachinePtr> MachineDeletion::WriteStatus(
    const CallContext& context, const EvrocMachinePtr& evroc,
    const ReconcileError& reason, const EvrocClusterObject* cluster,
    bool certain) {
  EvrocMachineStatus status = evroc->status;
  const int64_t generation = evroc->meta.generation;
  const absl::Time now = env_.clock.Now();
  if (certain) {
    status.annotations =
        AnnotationsAfter(*evroc, env_.cache.StandingOf(*evroc));
  }
  status.state = "Deleting";
  SetFailed("Ready", reason, generation, now, status.conditions);
  SetDeleting(reason, /*matched=*/cluster != nullptr && reason.cause.ok(),
              generation, now, status.conditions);
  for (const absl::string_view part : {kVmReady, kDiskReady, kPublicIpReady}) {
    status.conditions.Remove(part);
  }
  if (cluster != nullptr) {
    access_.SetContact(
        *cluster, std::string(evroc->meta.Annotation(kClusterIdAnnotation)),
        WaiterName(kEvrocMachineType, evroc->meta.key),
        reason.cause.ok() ? nullptr : &reason, generation, status.conditions);
  }
  EVROC_ASSIGN_OR_RETURN(EvrocMachinePtr written,
                         writer_.WriteStatus(context, evroc, status));
  env_.PublishCondition(kEvrocMachineType, evroc->meta, kCloudIdentityMatched,
                        evroc->status.conditions, status.conditions);
  return written;
}

ReconcileResult MachineDeletion::Finish(const CallContext& context,
                                        const EvrocMachinePtr& evroc) {
  const absl::Status released = writer_.RemoveFinalizers(
      context, *evroc, {kMachineFinalizer, kOfficialMachineFinalizer});
  if (released.ok()) return Done{};
  env_.PublishRefusedWrite(kEvrocMachineType, evroc->meta, released);
  return FailRelease(env_, released, [&](const ReconcileError& reason) {
    return WriteStatus(context, evroc, reason).status();
  });
}

}  // namespace evroc::shim
