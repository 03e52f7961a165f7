// Tells what would change in the cloud beside labels of providers once an
// EvrocCluster and its machines are taken over.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_PLAN_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_PLAN_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

struct ClusterPlanInput {
  const EvrocClusterObject& evroc;  // untaken
  const ClusterObject* cluster;     // null: there is none
  std::string cluster_name;
  const OfficialMarks& marks;
};

// Writes nothing, and sets the planned network in the ClusterInfoCache, which
// its machines then look at. Errors of the service that say nothing about the
// plan.
absl::StatusOr<TakeOverPlan> PlanCluster(const CallContext& context,
                                         ReconcileEnv& env,
                                         const Access& access,
                                         const ClusterPlanInput& input);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_PLAN_H_
