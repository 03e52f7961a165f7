// Reconciles an EvrocMachine: its virtual machine in the cloud, its provider
// ID, its status, and its deletion (cluster-api-contract.md IM). Thread-safe;
// one call at a time for each key.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/external_cluster.h"
#include "shim/reconcile/machine/machine_claim.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/machine/machine_deletion.h"
#include "shim/reconcile/machine/machine_take_over.h"
#include "shim/reconcile/machine/provision_phase.h"
#include "shim/reconcile/machine/status_recorder.h"
#include "shim/reconcile/machine/zone_picker.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class MachineReconciler {
 public:
  MachineReconciler(ReconcileEnv& env, ClusterAccess& access);

  // Takes one step. A repeat is safe; with nothing to do it writes nothing and
  // makes no cloud call. A write that the Kubernetes API refuses is published.
  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request);

 private:
  ReconcileResult Step(const CallContext& context,
                       const ReconcileRequest& request, MachineContext machine);
  ReconcileResult ReconcileLiving(const CallContext& context,
                                  const ReconcileRequest& request,
                                  MachineContext& machine);
  // What follows once a worker may call the cluster's cloud.
  ReconcileResult ReconcileAdmitted(const CallContext& context,
                                    MachineContext& machine,
                                    const Bulkhead::Permit& permit);
  void BringClusterForward(const MachineContext& machine) const;
  ReconcileResult Provision(const CallContext& context, MachineContext& machine,
                            const Bulkhead::Permit& permit);
  ReconcileResult Observe(const CallContext& context, MachineContext& machine,
                          const Bulkhead::Permit* permit);
  ReconcileResult WritePaused(const CallContext& context,
                              const ReconcileRequest& request,
                              const MachineContext& machine);
  // As ClusterReconciler::HandOver.
  std::optional<ReconcileResult> HandOver(const CallContext& context,
                                          const ReconcileRequest& request,
                                          const MachineContext& machine);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocMachineObject> writer_;
  ZonePicker zones_;
  ExternalCluster external_;
  ProvisionPhase provision_;
  MachineClaim claim_;
  StatusRecorder recorder_;
  MachineDeletion deletion_;
  MachineTakeOver take_over_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_RECONCILER_H_
