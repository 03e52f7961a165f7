// Deletes a machine: VM, disks and public IP by their labels; the finalizer
// stays until the cloud confirms that they are gone (IM-14). Needs neither a
// Machine, nor bootstrap data, nor a ready cluster. Thread-safe; one call at a
// time for each key.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_DELETION_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_DELETION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/deletion_intervals.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class MachineDeletion {
 public:
  MachineDeletion(ReconcileEnv& env, ClusterAccess& access,
                  ObjectWriter<EvrocMachineObject>& writer)
      : env_(env),
        access_(access),
        writer_(writer),
        intervals_(env.monotonic) {}

  // Takes one step, for an object with a deletionTimestamp.
  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request,
                            const MachineContext& machine);
  // Forgets an object that is gone.
  void Forget(const ObjectKey& key) { intervals_.Forget(key); }

 private:
  // Returns null if the cluster does not exist any more. FAILED_PRECONDITION if
  // that is not certain.
  absl::StatusOr<EvrocClusterPtr> FindCluster(const CallContext& context,
                                              const MachineContext& machine);
  ReconcileResult GiveUp(const CallContext& context,
                         const MachineContext& machine);
  ReconcileResult EmptyCloud(const CallContext& context,
                             const ReconcileRequest& request,
                             const MachineContext& machine,
                             const EvrocClusterObject& cluster);
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeleteOnce(
      const CallContext& context, const MachineContext& machine,
      const EvrocClusterObject& cluster, const Bulkhead::Permit& permit);
  // `cluster`: null where the cloud was not asked. `certain`: whether the
  // annotations are kept, since the cluster that they name is the machine's.
  absl::StatusOr<EvrocMachinePtr> WriteStatus(
      const CallContext& context, const EvrocMachinePtr& evroc,
      const ReconcileError& reason, const EvrocClusterObject* cluster = nullptr,
      bool certain = true);
  ReconcileResult Finish(const CallContext& context,
                         const EvrocMachinePtr& evroc);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject>& writer_;
  DeletionIntervals intervals_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_DELETION_H_
