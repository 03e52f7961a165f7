// Takes over an EvrocMachine that Evroc's official provider made, or gives it
// back: its virtual machine, disks and public IP in the cloud, its ids and its
// finalizer. Thread-safe; one call at a time for each key. Every step can be
// repeated.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_TAKE_OVER_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_TAKE_OVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/take_over.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/controller.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

class MachineTakeOver {
 public:
  // All must outlive it.
  MachineTakeOver(ReconcileEnv& env, ClusterAccess& access,
                  ObjectWriter<EvrocMachineObject>& writer)
      : env_(env), access_(access), writer_(writer) {}

  // As ClusterTakeOver::Report. `machine` has its EvrocCluster.
  Outcome Report(const CallContext& context, const ReconcileRequest& request,
                 const MachineContext& machine, EvrocMachineStatus& status);

  // Takes an untaken EvrocMachine over, once its EvrocCluster is, and if all of
  // it is proven. `machine` has its EvrocCluster.
  ReconcileResult Take(const CallContext& context,
                       const ReconcileRequest& request,
                       const MachineContext& machine, FailReconcile fail);

  // Writes why an untaken EvrocMachine that is not paused is left aside.
  ReconcileResult LeaveAside(const CallContext& context,
                             const EvrocMachinePtr& evroc,
                             const LeftAside& why);

  // Gives one back that was taken over. One that the official provider would
  // not find is kept, which its condition says.
  ReconcileResult GiveBack(const CallContext& context,
                           const ReconcileRequest& request,
                           const MachineContext& machine, FailReconcile fail);

 private:
  struct Found {
    TakeOverObjects objects;
    std::string zone;          // empty: there is no machine
    std::string vm_uid;        // empty: no virtual machine is proven
    std::string public_ip_id;  // that the virtual machine has
  };

  absl::StatusOr<TakeOverPlan> Plan(const CallContext& context,
                                    const MachineContext& machine,
                                    const Found& found,
                                    const Bulkhead::Permit& permit);
  absl::StatusOr<Found> Ask(const CallContext& context,
                            const MachineContext& machine,
                            const Bulkhead::Permit& permit,
                            common::v1::TakeOverAction action);
  // Writes what is not proven.
  ReconcileResult Refuse(const CallContext& context,
                         const EvrocMachinePtr& evroc, const Found& found);
  ReconcileResult WriteStatus(const CallContext& context,
                              const EvrocMachinePtr& evroc,
                              const EvrocMachineStatus& status,
                              const Outcome& outcome);
  // The annotations of a machine that is taken over.
  static Json MarksFor(const MachineContext& machine, const Found& found);
  ReconcileResult Mark(const CallContext& context,
                       const MachineContext& machine, const Found& found);
  ReconcileResult Unmark(const CallContext& context, EvrocMachinePtr evroc,
                         const TakeOverObjects& objects);
  ReconcileResult Keep(const CallContext& context, const EvrocMachinePtr& evroc,
                       const std::string& why);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject>& writer_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_TAKE_OVER_H_
