// Reconciles an EvrocCluster: its network in the cloud, its endpoint, its
// status, and its deletion (cluster-api-contract.md IC). Thread-safe; one call
// at a time for each key.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_RECONCILER_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_RECONCILER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/controller/controller.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster/cluster_deletion.h"
#include "shim/reconcile/cluster/cluster_recorder.h"
#include "shim/reconcile/cluster/cluster_take_over.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class ClusterReconciler {
 public:
  ClusterReconciler(ReconcileEnv& env, ClusterAccess& access);

  // Takes one step. A repeat is safe; with nothing to do it writes nothing and
  // makes no cloud call. A write that the Kubernetes API refuses is published.
  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request);

 private:
  ReconcileResult Step(const CallContext& context,
                       const ReconcileRequest& request, EvrocClusterPtr evroc);
  ReconcileResult ReconcileLiving(const CallContext& context,
                                  const ReconcileRequest& request,
                                  EvrocClusterPtr evroc,
                                  const ClusterObject& cluster);
  // FAILED_PRECONDITION for one whose id is, or may be, another's, and for one
  // that lost its ownership id.
  absl::Status CheckIdentity(const EvrocClusterObject& evroc) const;
  // Writes an endpoint back that was emptied, as by a manifest that leaves it
  // to the provider and is applied again.
  absl::StatusOr<EvrocClusterPtr> RestoreEndpoint(const CallContext& context,
                                                  const EvrocClusterPtr& evroc);
  // The ownership id that its machines have for it; empty if none has.
  std::string IdByMachines(const EvrocClusterObject& evroc) const;
  std::string RecoveredId(const EvrocClusterObject& evroc) const;
  ReconcileResult Apply(const CallContext& context, EvrocClusterPtr evroc,
                        const ClusterObject& cluster, const Access& access,
                        const Bulkhead::Permit& permit);
  absl::StatusOr<network::v1::ClusterNetwork> Call(
      const CallContext& context, const Access& access,
      const Bulkhead::Permit& permit,
      const network::v1::ClusterNetwork& request);
  // Writes finalizer, ownership id, cloud and Secret where they are missing or
  // have changed, before anything is made.
  absl::Status Claim(const CallContext& context, const Access& access,
                     EvrocClusterPtr& evroc);
  // Ends a reconcile that may call the cloud: what it measures is written, too.
  ReconcileResult Fail(const CallContext& context, const EvrocClusterPtr& evroc,
                       const Access& access, const Bulkhead::Permit& permit,
                       const absl::Status& error);
  absl::StatusOr<EvrocClusterPtr> WriteMarks(const CallContext& context,
                                             const EvrocClusterPtr& evroc,
                                             const Access& access);
  ReconcileResult WritePaused(const CallContext& context,
                              const ReconcileRequest& request,
                              const EvrocClusterPtr& evroc,
                              const ClusterObject* cluster);
  // Of an object of the official provider, or one that goes back to it. Nothing
  // where the reconcile goes on.
  std::optional<ReconcileResult> HandOver(const CallContext& context,
                                          const ReconcileRequest& request,
                                          const EvrocClusterPtr& evroc,
                                          const ClusterObject* cluster);
  // What exists of a network that was made, whether or not the spec can be had;
  // nothing if that is not known.
  std::optional<network::v1::ClusterNetwork> Measure(
      const CallContext& context, const EvrocClusterObject& evroc,
      const Access& access, const Bulkhead::Permit& permit);
  // Tells the machines what is measured of a network whose spec can't be had,
  // and returns it: subnets and groups that were made all the same, and all of
  // it where nothing is known yet, after a restart.
  Placement NotePlacement(const EvrocClusterObject& evroc,
                          const network::v1::ClusterNetwork& network,
                          bool zones);
  // Releases everything that is kept of an object that is gone.
  absl::Status Forget(const CallContext& context, const ObjectKey& key);
  // Takes the finalizer off the Secrets that were used before the one that is
  // used, which has been proven.
  absl::Status ReleaseOthers(const CallContext& context,
                             const EvrocClusterObject& evroc);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocClusterObject> writer_;
  ClusterRecorder recorder_;
  ClusterTakeOver take_over_;
  ClusterDeletion deletion_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_RECONCILER_H_
