// Brings one EvrocMachine a step further: its virtual machine in the cloud, its
// provider ID, its status (cluster-api-contract.md IM). Thread-safe; one call
// at a time for each key.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/external_cluster.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/machine/machine_deletion.h"
#include "shim/reconcile/machine/node_phase.h"
#include "shim/reconcile/machine/provision_phase.h"
#include "shim/reconcile/machine/zone_picker.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class MachineReconciler {
 public:
  MachineReconciler(ReconcileEnv& env, ClusterAccess& access);

  // Safe to repeat; with nothing to do it writes nothing and costs no cloud
  // call.
  ReconcileResult Reconcile(const CallContext& context, const ObjectKey& key);

 private:
  ReconcileResult ReconcileLiving(const CallContext& context,
                                  MachineContext& machine);
  void BringClusterForward(const MachineContext& machine) const;
  ReconcileResult Provision(const CallContext& context, MachineContext& machine,
                            const Bulkhead::Permit& permit);
  ReconcileResult Observe(const CallContext& context, MachineContext& machine);
  ReconcileResult WriteStatus(const CallContext& context,
                              MachineContext& machine,
                              const compute::v1::VirtualMachine& vm);
  ReconcileResult Record(const CallContext& context, MachineContext& machine,
                         const compute::v1::VirtualMachine& vm,
                         const EvrocMachineStatus& status);
  // Finalizer, ownership ids and zone, in one patch, before anything is made.
  absl::Status Claim(const CallContext& context, MachineContext& machine);
  absl::StatusOr<std::string> ZoneFor(const MachineContext& machine);
  ReconcileResult WriteWaiting(const CallContext& context,
                               const MachineContext& machine,
                               absl::string_view type, absl::string_view reason,
                               absl::string_view message);
  ReconcileResult WritePaused(const CallContext& context,
                              const EvrocMachinePtr& evroc, bool by_cluster);
  ReconcileResult Fail(const CallContext& context,
                       const MachineContext& machine, absl::string_view type,
                       const absl::Status& status);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject> writer_;
  ZonePicker zones_;
  ExternalCluster external_;
  ProvisionPhase provision_;
  NodePhase nodes_;
  MachineDeletion deletion_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_
