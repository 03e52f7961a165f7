#include "shim/reconcile/cluster_deletion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/cluster_report.h"
#include "shim/reconcile/remaining.h"

namespace evroc::shim {
namespace {

// Reason of Ready once the cloud is empty: what comes after it needs no
// credentials any more, which may go first.
constexpr char kDeleted[] = "Deleted";

// What blocks a deletion from outside our labels sends no event.
constexpr absl::Duration kLookAgain = absl::Seconds(20);

std::vector<EvrocMachinePtr> MachinesOf(const Stores& stores,
                                        const EvrocClusterObject& evroc) {
  const OwnerReference* owner = evroc.meta.FindOwner(kCoreGroup, "Cluster");
  const std::string name =
      owner != nullptr ? owner->name : evroc.meta.cluster_name;
  return stores.EvrocMachinesOf({evroc.meta.key.name_space, name});
}

}  // namespace

absl::StatusOr<EvrocClusterPtr> ClusterDeletion::Report(
    const CallContext& context, const EvrocClusterPtr& evroc,
    absl::string_view reason, absl::string_view message) {
  EvrocClusterStatus status = evroc->status;
  status.ready = false;
  for (const char* type : {"NetworkReady", "Ready"}) {
    status.conditions.Set(type, ConditionStatus::kFalse, reason, message,
                          evroc->meta.generation, env_.clock.Now());
  }
  return writer_.WriteStatus(context, evroc, status);
}

ReconcileResult ClusterDeletion::Reconcile(const CallContext& context,
                                           EvrocClusterPtr evroc) {
  if (!evroc->meta.HasFinalizer(kClusterFinalizer)) return Done{};
  const std::vector<EvrocMachinePtr> machines = MachinesOf(env_.stores, *evroc);
  if (!machines.empty()) {
    std::vector<std::string> names;
    names.reserve(machines.size());
    for (const EvrocMachinePtr& machine : machines) {
      names.push_back(machine->meta.key.name);
    }
    EVROC_RETURN_IF_ERROR(
        Report(context, evroc, "WaitingForMachines",
               absl::StrCat("waiting for the deletion of the EvrocMachines ",
                            absl::StrJoin(names, ", ")))
            .status());
    return Wait{"the deletion of its EvrocMachines"};
  }
  const bool nothing_made = evroc->meta.Annotation(kOwnerIdAnnotation).empty();
  if (nothing_made || evroc->status.conditions.ReasonOf("Ready") == kDeleted) {
    return Finish(context, std::move(evroc));
  }
  return EmptyCloud(context, std::move(evroc));
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
ClusterDeletion::DeleteOnce(const CallContext& context,
                            const EvrocClusterObject& evroc) {
  const std::string cluster_id(evroc.meta.Annotation(kOwnerIdAnnotation));
  EVROC_ASSIGN_OR_RETURN(const Access access, access_.Open(context, evroc));
  env_.watcher.Hold(cluster_id, *access.scope);
  common::v1::Owner owner;
  owner.set_cluster_id(cluster_id);
  // What machines left behind goes first (traps.md B6).
  EVROC_ASSIGN_OR_RETURN(
      std::vector<common::v1::RemainingObject> remaining,
      env_.compute.DeleteVirtualMachine(context, *access.scope, owner));
  if (!remaining.empty()) return remaining;
  return env_.network.DeleteClusterNetwork(context, *access.scope, cluster_id);
}

ReconcileResult ClusterDeletion::EmptyCloud(const CallContext& context,
                                            EvrocClusterPtr evroc) {
  const absl::StatusOr<std::vector<common::v1::RemainingObject>> remaining =
      DeleteOnce(context, *evroc);
  if (!remaining.ok()) {
    const Problem problem =
        access_.Explain(*evroc, remaining.status(),
                        [enqueue = env_.enqueue_cluster,
                         key = evroc->meta.key] { enqueue(key); });
    if (problem.transient) return remaining.status();
    EVROC_RETURN_IF_ERROR(
        Report(context, evroc, problem.reason, problem.message).status());
    return RetryAfter{problem.retry_after, problem.reason};
  }
  if (!remaining->empty()) {
    EVROC_RETURN_IF_ERROR(
        Report(context, evroc, "Deleting", DescribeRemaining(*remaining))
            .status());
    return RetryAfter{kLookAgain, "the cloud is still deleting"};
  }
  EVROC_ASSIGN_OR_RETURN(
      evroc, Report(context, evroc, kDeleted, "the cloud holds nothing of it"));
  return Finish(context, std::move(evroc));
}

absl::Status ClusterDeletion::ReleaseSecret(const CallContext& context,
                                            const EvrocClusterObject& evroc) {
  const ObjectKey secret = SecretOf(evroc);
  for (const EvrocClusterPtr& other :
       env_.stores.EvrocClustersWithSecret(secret)) {
    if (other->meta.uid != evroc.meta.uid) return absl::OkStatus();
  }
  return env_.secrets.LetGo(context, secret);
}

ReconcileResult ClusterDeletion::Finish(const CallContext& context,
                                        EvrocClusterPtr evroc) {
  EVROC_RETURN_IF_ERROR(ReleaseSecret(context, *evroc));
  EVROC_RETURN_IF_ERROR(
      writer_.RemoveFinalizer(context, *evroc, kClusterFinalizer));
  return Done{};
}

}  // namespace evroc::shim
