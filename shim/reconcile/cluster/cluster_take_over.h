// Takes over an EvrocCluster that Evroc's official provider made, or gives it
// back: its network in the cloud, its ids and its finalizer. Thread-safe; one
// call at a time for each key. Every step can be repeated.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_TAKE_OVER_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_TAKE_OVER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/take_over.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/controller.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster/cluster_plan.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/takeover/findings.h"
#include "shim/reconcile/takeover/official_marks.h"

namespace evroc::shim {

class ClusterTakeOver {
 public:
  // All must outlive it.
  ClusterTakeOver(ReconcileEnv& env, ClusterAccess& access,
                  ObjectWriter<EvrocClusterObject>& writer)
      : env_(env), access_(access), writer_(writer) {}

  // Of an EvrocCluster that is untaken and paused: reads the cloud, and sets
  // the condition TakenOver in `status`.
  // `cluster` is null if there is none.
  Outcome Report(const CallContext& context, const ReconcileRequest& request,
                 const EvrocClusterObject& evroc, const ClusterObject* cluster,
                 const std::string& cluster_name, EvrocClusterStatus& status);

  // Takes an untaken EvrocCluster over, if all of it is proven. Nothing if it
  // turns out not to be the official provider's.
  std::optional<ReconcileResult> Take(const CallContext& context,
                                      const ReconcileRequest& request,
                                      const EvrocClusterPtr& evroc,
                                      const std::string& cluster_name,
                                      FailReconcile fail);

  // Writes why an untaken EvrocCluster that is not paused is left aside.
  ReconcileResult LeaveAside(const CallContext& context,
                             const EvrocClusterPtr& evroc,
                             const LeftAside& why);

  // Gives one back that was taken over, once its machines are.
  ReconcileResult GiveBack(const CallContext& context,
                           const ReconcileRequest& request,
                           const EvrocClusterPtr& evroc,
                           const std::string& cluster_name, FailReconcile fail);

 private:
  absl::StatusOr<TakeOverPlan> Plan(const CallContext& context,
                                    const ClusterPlanInput& input,
                                    const Bulkhead::Permit& permit);
  absl::StatusOr<TakeOverObjects> Ask(const CallContext& context,
                                      const EvrocClusterObject& evroc,
                                      const OfficialMarks& marks,
                                      const Bulkhead::Permit& permit,
                                      common::v1::TakeOverAction action);
  ReconcileResult Refuse(const CallContext& context,
                         const EvrocClusterPtr& evroc,
                         const TakeOverObjects& objects);
  ReconcileResult Mark(const CallContext& context, EvrocClusterPtr evroc,
                       const OfficialMarks& marks,
                       const TakeOverObjects& found);
  ReconcileResult Unmark(const CallContext& context, EvrocClusterPtr evroc,
                         const TakeOverObjects& objects);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocClusterObject>& writer_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_TAKE_OVER_H_
