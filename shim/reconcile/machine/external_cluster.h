// Places the machines of an externally managed EvrocCluster (IC-10) by its
// spec; we reconcile the machines, but not the cluster. Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_EXTERNAL_CLUSTER_H_
#define SHIM_RECONCILE_MACHINE_EXTERNAL_CLUSTER_H_

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class ExternalCluster {
 public:
  ExternalCluster(ReconcileEnv& env, ClusterAccess& access)
      : env_(env), access_(access) {}

  // Sets `machine.record` from the spec alone: its subnets and the existing
  // security groups. Fails as ClusterAccess::Open and PlanSubnets do.
  absl::Status Adopt(const CallContext& context, MachineContext& machine,
                     const Bulkhead::Permit& permit);

 private:
  ReconcileEnv& env_;
  ClusterAccess& access_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_EXTERNAL_CLUSTER_H_
