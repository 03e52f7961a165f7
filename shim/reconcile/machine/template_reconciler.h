// Reports the capacity of an EvrocMachineTemplate's machines, so that a
// MachineDeployment can be scaled from zero (cluster-api-contract.md T-10).
// Thread-safe; one call at a time for each key.

#ifndef SHIM_RECONCILE_MACHINE_TEMPLATE_RECONCILER_H_
#define SHIM_RECONCILE_MACHINE_TEMPLATE_RECONCILER_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/controller/work_queue.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class TemplateReconciler {
 public:
  TemplateReconciler(ReconcileEnv& env, ClusterAccess& access);

  // Safe to repeat. A template with an unknown profile gets no capacity; the
  // error shows on its machines.
  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request);

 private:
  struct Catalogue {
    std::vector<compute::v1::ComputeProfile> profiles;
    absl::Time read;
  };

  absl::StatusOr<std::vector<compute::v1::ComputeProfile>> ProfilesOf(
      const CallContext& context, const EvrocClusterObject& evroc_cluster,
      const ClusterInfo& record, const Bulkhead::Permit& permit);
  ReconcileResult WriteCapacity(
      const CallContext& context, const MachineTemplateObject& each,
      const std::vector<compute::v1::ComputeProfile>& profiles);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<MachineTemplateObject> writer_;
  absl::Mutex mutex_;
  // By EvrocCluster; profiles rarely change.
  absl::flat_hash_map<ObjectKey, Catalogue> catalogues_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_TEMPLATE_RECONCILER_H_
