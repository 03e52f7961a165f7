// Writes EvrocMachine.status at the end of each reconcile: after a report of
// its VM, after an error, and where something else has to come first. Whatever
// the end, the status follows what is known of the VM (ADR 29). Thread-safe;
// one call at a time for each key.

#ifndef SHIM_RECONCILE_MACHINE_STATUS_RECORDER_H_
#define SHIM_RECONCILE_MACHINE_STATUS_RECORDER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/machine/node_phase.h"
#include "shim/reconcile/machine/status/machine_status.h"
#include "shim/reconcile/machine/status/wait_times.h"
#include "shim/reconcile/machine/zone_picker.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class StatusRecorder {
 public:
  StatusRecorder(ReconcileEnv& env, ClusterAccess& access,
                 ObjectWriter<EvrocMachineObject>& writer, ZonePicker& zones)
      : env_(env),
        access_(access),
        writer_(writer),
        zones_(zones),
        nodes_(env, writer) {}

  // Ends a reconcile that applied the spec; `vm` is the answer.
  ReconcileResult WriteApplied(const CallContext& context,
                               MachineContext& machine,
                               const MachineSnapshot& vm,
                               const Bulkhead::Permit& permit);
  // Ends one that only looked. Without a permit the cloud can't be asked, and a
  // VM that is not seen is not called lost.
  ReconcileResult WriteObserved(const CallContext& context,
                                MachineContext& machine,
                                const MachineSnapshot& vm,
                                const Bulkhead::Permit* permit);
  // Writes why nothing is known of a machine, as its cluster says.
  absl::Status WriteUnknown(const CallContext& context,
                            const MachineContext& machine);
  // Ends one before the VM is made, where something else has to come first.
  ReconcileResult WriteWaiting(const CallContext& context,
                               const MachineContext& machine,
                               const ReconcileError& waiting);
  // Ends one that met an error. The cluster must be known. With a permit its
  // cloud can be asked whether it says that the VM is lost.
  ReconcileResult Fail(const CallContext& context,
                       const MachineContext& machine, ReconcileError error,
                       const Bulkhead::Permit* permit = nullptr);
  // As Fail, for an error that concerns that condition.
  ReconcileResult FailVm(const CallContext& context,
                         const MachineContext& machine,
                         const absl::Status& status,
                         absl::string_view condition = kVmReady,
                         const Bulkhead::Permit* permit = nullptr);

  // Drops what is known of a machine that is gone.
  void Forget(const ObjectKey& machine) { waits_.Forget(machine); }

 private:
  // The status after a report of the machine's VM. Says what is wanted of the
  // Node.
  EvrocMachineStatus StatusOf(const MachineContext& machine,
                              const MachineSnapshot& vm);
  ReconcileResult Write(const CallContext& context, MachineContext& machine,
                        const MachineSnapshot& reported, bool applied,
                        const Bulkhead::Permit* permit);
  // What a call that succeeded says beside the report.
  void SetAppliedTo(const MachineContext& machine,
                    EvrocMachineStatus& status) const;
  // What the cluster says of the cloud, where no call was made.
  void SetAsCluster(const MachineContext& machine,
                    EvrocMachineStatus& status) const;
  ReconcileResult Record(const CallContext& context, MachineContext& machine,
                         const MachineSnapshot& vm,
                         const EvrocMachineStatus& status);
  EvrocMachineStatus ObservedWithError(const CallContext& context,
                                       const MachineContext& machine,
                                       const ReconcileError& error,
                                       const Bulkhead::Permit* permit);
  // Whether what is known of its cluster id concerns it.
  bool HasItsClustersId(const MachineContext& machine) const;
  // Whether it may be told after an error that the reports don't show the VM.
  bool MayTellLoss(const CallContext& context, const MachineContext& machine,
                   const ReconcileError& error, const Bulkhead::Permit* permit);
  // Publishes that a machine is not ready any more, or late.
  void PublishUnready(const ObjectMeta& object, const Conditions& before,
                      const Conditions& after) const;
  absl::Status RecordError(const CallContext& context,
                           const MachineContext& machine,
                           const ReconcileError& error,
                           const Bulkhead::Permit* permit);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject>& writer_;
  ZonePicker& zones_;
  NodePhase nodes_;
  WaitTimes waits_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_STATUS_RECORDER_H_
