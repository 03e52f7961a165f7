#include "shim/reconcile/machine_deletion.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/remaining.h"

namespace evroc::shim {
namespace {

// What blocks a deletion from outside our labels sends no event.
constexpr absl::Duration kLookAgain = absl::Seconds(20);

}  // namespace

ReconcileResult MachineDeletion::Reconcile(const CallContext& context,
                                           const MachineContext& machine) {
  const EvrocMachinePtr& evroc = machine.evroc;
  env_.nodes.Forget(evroc->meta.key);
  if (!evroc->meta.HasFinalizer(kMachineFinalizer)) return Done{};
  // Nothing was ever made.
  if (machine.machine_id().empty()) return Finish(context, evroc);
  if (machine.evroc_cluster == nullptr) {
    // Only if somebody took the cluster's finalizer off: nobody knows the
    // credentials any more. A missing cluster does not hold a machine.
    env_.announce({.type = kEvrocMachineType,
                   .object = evroc->meta,
                   .warning = true,
                   .reason = "ClusterGone",
                   .action = "Delete",
                   .message = absl::StrCat(
                       "its EvrocCluster is gone: what carries the label "
                       "capi-machine-id=",
                       machine.machine_id(), " in Evroc Cloud is left")});
    return Finish(context, evroc);
  }
  const absl::StatusOr<std::vector<common::v1::RemainingObject>> remaining =
      DeleteOnce(context, machine);
  if (!remaining.ok()) {
    const Problem problem =
        access_.Explain(*machine.evroc_cluster, remaining.status(),
                        [enqueue = env_.enqueue_machine,
                         key = evroc->meta.key] { enqueue(key); });
    if (problem.transient) return remaining.status();
    EVROC_RETURN_IF_ERROR(
        Report(context, evroc, problem.reason, problem.message));
    return RetryAfter{problem.retry_after, problem.reason};
  }
  if (remaining->empty()) return Finish(context, evroc);
  EVROC_RETURN_IF_ERROR(
      Report(context, evroc, "Deleting", DescribeRemaining(*remaining)));
  return RetryAfter{kLookAgain, "the cloud is still deleting"};
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
MachineDeletion::DeleteOnce(const CallContext& context,
                            const MachineContext& machine) {
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.Open(context, *machine.evroc_cluster));
  env_.watcher.Hold(machine.cluster_id(), *access.scope);
  common::v1::Owner owner;
  owner.set_cluster_id(machine.cluster_id());
  owner.set_machine_id(machine.machine_id());
  EVROC_ASSIGN_OR_RETURN(
      std::vector<common::v1::RemainingObject> remaining,
      env_.compute.DeleteVirtualMachine(context, *access.scope, owner));
  if (!remaining.empty()) return remaining;
  return env_.network.DeletePublicIp(context, *access.scope, owner);
}

absl::Status MachineDeletion::Report(const CallContext& context,
                                     const EvrocMachinePtr& evroc,
                                     absl::string_view reason,
                                     absl::string_view message) {
  EvrocMachineStatus status = evroc->status;
  status.ready = false;
  status.state = "Deleting";
  status.conditions.Set("Ready", ConditionStatus::kFalse, reason, message,
                        evroc->meta.generation, env_.clock.Now());
  return writer_.WriteStatus(context, evroc, status).status();
}

ReconcileResult MachineDeletion::Finish(const CallContext& context,
                                        const EvrocMachinePtr& evroc) {
  EVROC_RETURN_IF_ERROR(
      writer_.RemoveFinalizer(context, *evroc, kMachineFinalizer));
  return Done{};
}

}  // namespace evroc::shim
