// An EvrocCluster that somebody else looks after (IC-10): its machines are
// ours all the same, and are put where its spec says. Thread-safe.

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

  // Fills in `machine.record` from the spec alone: subnets, and of the security
  // groups the existing ones. Errors as ClusterAccess::Open and PlanSubnets.
  absl::Status Adopt(const CallContext& context, MachineContext& machine,
                     const Bulkhead::Permit& permit);

 private:
  ReconcileEnv& env_;
  ClusterAccess& access_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_EXTERNAL_CLUSTER_H_
