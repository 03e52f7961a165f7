#include "shim/reconcile/cluster/cluster_deletion.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "shim/reconcile/cluster/network_request.h"
#include "shim/reconcile/cluster/secret_release.h"
#include "shim/reconcile/deletion.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

// Reason of NetworkReady once the cloud is empty.
constexpr char kEmptied[] = "Emptied";

// Also if the owner reference was taken away. What a resource prefix names
// needs no other name.
std::string ClusterNameOf(const EvrocClusterObject& evroc) {
  const OwnerReference* const core =
      evroc.meta.FindOwner(kCoreGroup, "Cluster");
  if (core != nullptr) return core->name.str();
  const std::string& label = evroc.meta.cluster_name.str();
  const bool has_prefix =
      !evroc.meta.Annotation(kResourcePrefixAnnotation).empty();
  return label.empty() && has_prefix ? evroc.meta.key.name.str() : label;
}

std::string NamesOf(const std::vector<EvrocMachinePtr>& machines) {
  return absl::StrJoin(machines, ", ",
                       [](std::string* out, const EvrocMachinePtr& machine) {
                         out->append(machine->meta.key.name);
                       });
}

}  // namespace

bool IsEmptied(const EvrocClusterObject& evroc) {
  return evroc.status.conditions.ReasonOf("NetworkReady") == kEmptied;
}

absl::StatusOr<EvrocClusterPtr> ClusterDeletion::WriteStatus(
    const CallContext& context, const EvrocClusterPtr& evroc,
    const ReconcileError& reason, bool matched) {
  EvrocClusterStatus status = evroc->status;
  status.annotations = AnnotationsAfter(*evroc, env_.cache.StandingOf(*evroc));
  const int64_t generation = evroc->meta.generation;
  const absl::Time now = env_.clock.Now();
  if (!IsEmptied(*evroc)) {
    SetFailed("NetworkReady", reason, generation, now, status.conditions);
  }
  SetFailed("Ready", reason, generation, now, status.conditions);
  SetDeleting(reason, matched, generation, now, status.conditions);
  for (const char* part : {"VPCReady", "SubnetsReady", "SecurityGroupsReady",
                           "ControlPlaneEndpointReady"}) {
    status.conditions.Remove(part);
  }
  access_.SetContact(
      *evroc, std::string(evroc->meta.Annotation(kOwnerIdAnnotation)),
      WaiterName(kEvrocClusterType, evroc->meta.key),
      reason.cause.ok() ? nullptr : &reason, generation, status.conditions);
  EVROC_ASSIGN_OR_RETURN(EvrocClusterPtr written,
                         writer_.WriteStatus(context, evroc, status));
  env_.PublishCondition(kEvrocClusterType, evroc->meta, kCloudIdentityMatched,
                        evroc->status.conditions, status.conditions);
  return written;
}

// Said once the cloud is empty, and from then on: what comes after it needs no
// credentials any more, which may go first.
absl::StatusOr<EvrocClusterPtr> ClusterDeletion::WriteEmptied(
    const CallContext& context, const EvrocClusterPtr& evroc) {
  EvrocClusterStatus status = evroc->status;
  const int64_t generation = evroc->meta.generation;
  const absl::Time now = env_.clock.Now();
  SetCloudMatched(generation, now, status.conditions);
  status.conditions.Set("NetworkReady", ConditionStatus::kFalse, kEmptied,
                        "its network is gone", generation, now);
  status.conditions.Set("Ready", ConditionStatus::kFalse, "Releasing",
                        "its finalizer is still to be removed", generation,
                        now);
  return writer_.WriteStatus(context, evroc, status);
}

ReconcileResult ClusterDeletion::Reconcile(const CallContext& context,
                                           const ReconcileRequest& request,
                                           EvrocClusterPtr evroc) {
  if (!evroc->meta.HasFinalizer(kClusterFinalizer)) return Done{};
  const Standing standing = env_.cache.StandingOf(*evroc);
  if (standing.kind == Standing::Kind::kCopy) return Finish(context, evroc);
  if (!standing.owns()) {
    return HoldDoubted(StandingError(kEvrocClusterType, evroc->meta, standing,
                                     kClusterFinalizer),
                       [&](const ReconcileError& reason) {
                         return WriteStatus(context, evroc, reason).status();
                       });
  }
  if (evroc->meta.Annotation(kOwnerIdAnnotation).empty()) {
    // Without an owner nothing was begun (IC-12), unless a part is recorded.
    if (evroc->meta.FindOwner(kCoreGroup, "Cluster") == nullptr &&
        !HasMadeSomething(*evroc, /*vm_uids=*/{})) {
      return Finish(context, evroc);
    }
    return HoldWithoutId(kOwnerIdAnnotation, [&](const ReconcileError& reason) {
      return WriteStatus(context, evroc, reason).status();
    });
  }
  const std::vector<EvrocMachinePtr> machines =
      env_.cache.EvrocMachinesOf(*evroc);
  if (!machines.empty()) {
    EVROC_RETURN_IF_ERROR(
        WriteStatus(context, evroc,
                    Waiting("", "WaitingForMachines",
                            absl::StrCat("waiting for the deletion of the "
                                         "EvrocMachines ",
                                         NamesOf(machines))))
            .status());
    return Wait{"the deletion of its EvrocMachines"};
  }
  if (IsEmptied(*evroc)) return Finish(context, evroc);
  EVROC_ASSIGN_OR_RETURN(
      evroc, writer_.ConfirmDeleting(context, *evroc, kClusterFinalizer));
  if (evroc == nullptr) return Done{};
  evroc = WithKeptAnnotations(*evroc);
  if (evroc->status.conditions.IsTrue("Ready")) {
    EVROC_ASSIGN_OR_RETURN(
        evroc, WriteStatus(context, evroc,
                           Waiting("", "Deleting", "it is being deleted")));
  }
  return EmptyCloud(context, request, std::move(evroc));
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
ClusterDeletion::DeleteOnce(const CallContext& context,
                            const EvrocClusterObject& evroc,
                            const Bulkhead::Permit& permit) {
  const std::string cluster_id(evroc.meta.Annotation(kOwnerIdAnnotation));
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.Open(context, evroc, permit));
  if (access.abandons) return AbandonedError(evroc, access);
  // The garbage collector may delete an owned copy before its owner.
  const absl::Status held =
      env_.secrets.Hold(context, env_.secrets.UsedBy(evroc));
  if (!held.ok() && !absl::IsNotFound(held)) return held;
  env_.watcher.Hold(cluster_id, access.scope);
  // An id that somebody wrote may be anything, also what others are labelled
  // with.
  const std::string identifier = IsUuid(cluster_id) ? cluster_id : "";
  const CloudRecord record = CloudRecordOf(evroc.meta);
  const auto delete_machines = [&] {
    return env_.compute.DeleteClusterMachines(
        context, access.scope->proto(),
        {.cluster_id = cluster_id,
         .workload_identifier = identifier,
         .with_workload_disks =
             !identifier.empty() &&
             evroc.meta.Annotation(kDeleteCsiDisksAnnotation) == "true",
         .cluster_name = ClusterNameOf(evroc),
         .had_placement_groups = HadPlacementGroups(record)});
  };
  // What machines left behind goes first (traps.md B6), and nothing inside the
  // cluster makes objects any more once they are gone.
  const Bulkhead::Call call = permit.BeginCall();
  const bool were_gone = machines_gone_.Has(evroc.meta);
  if (!were_gone) {
    EVROC_ASSIGN_OR_RETURN(auto machines, delete_machines());
    if (!machines.empty()) return machines;
    machines_gone_.Add(evroc.meta);
  }
  EVROC_ASSIGN_OR_RETURN(
      std::vector<common::v1::RemainingObject> remaining,
      env_.network.DeleteClusterNetwork(
          context, access.scope->proto(),
          {.owner = NetworkOwner(evroc, cluster_id, ClusterNameOf(evroc)),
           .workload_identifier = identifier,
           .load_balancer_id = LoadBalancerOf(record)}));
  // The network took its time.
  if (remaining.empty() && were_gone) return delete_machines();
  return remaining;
}

ReconcileResult ClusterDeletion::EmptyCloud(const CallContext& context,
                                            const ReconcileRequest& request,
                                            EvrocClusterPtr evroc) {
  const std::optional<Bulkhead::Permit> permit =
      access_.EnterForCluster(*evroc, request);
  if (!permit.has_value()) return ClusterAccess::Busy();
  const auto remaining = DeleteOnce(context, *evroc, *permit);
  const auto report = [&](const ReconcileError& reason) {
    return WriteStatus(env_.ToTell(context), evroc, reason, remaining.ok())
        .status();
  };
  if (!remaining.ok()) {
    if (IsGivenUp(access_, *evroc, remaining.status())) {
      return Abandon(context, evroc);
    }
    return FailDeletion(access_, *evroc, access_.WaiterOf(*evroc),
                        remaining.status(), report);
  }
  if (!remaining->empty()) {
    return StillDeleting(evroc->meta.key, *remaining, intervals_, report);
  }
  // A machine may have been added, and made in the cloud, in the meantime.
  if (!env_.cache.EvrocMachinesOf(*evroc).empty()) {
    return Wait{"the deletion of its EvrocMachines"};
  }
  env_.quota.Freed(evroc->meta.key);
  EVROC_ASSIGN_OR_RETURN(evroc, WriteEmptied(context, evroc));
  return Finish(context, evroc);
}

ReconcileResult ClusterDeletion::Abandon(const CallContext& context,
                                         const EvrocClusterPtr& evroc) {
  PublishAbandoned(env_, kEvrocClusterType, evroc->meta);
  return Finish(context, evroc);
}

absl::Status ClusterDeletion::Release(const CallContext& context,
                                      const EvrocClusterObject& evroc) {
  // Whichever of them was used, also before a restart.
  for (const ObjectKey& secret : HeldSecretsOf(evroc)) {
    EVROC_RETURN_IF_ERROR(
        ReleaseUnlessUsed(context, env_, secret, evroc.meta.uid.str()));
  }
  return writer_.RemoveFinalizers(context, evroc, {kClusterFinalizer});
}

ReconcileResult ClusterDeletion::Finish(const CallContext& context,
                                        const EvrocClusterPtr& evroc) {
  Forget(evroc->meta.key);
  const absl::Status released = Release(context, *evroc);
  if (released.ok()) return Done{};
  env_.PublishRefusedWrite(kEvrocClusterType, evroc->meta, released);
  return FailRelease(env_, released, [&](const ReconcileError& reason) {
    return WriteStatus(context, evroc, reason).status();
  });
}

}  // namespace evroc::shim
