// Writes EvrocCluster.status, and its endpoint, at the end of each reconcile:
// after an answer of the network service and after an error. Thread-safe; one
// call at a time for each key.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_RECORDER_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_RECORDER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster/cloud_config_writer.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

// Enqueues the cluster's machines and templates.
void EnqueueMachinesOf(const ReconcileEnv& env, const ClusterObject& cluster);

class ClusterRecorder {
 public:
  ClusterRecorder(ReconcileEnv& env, ClusterAccess& access,
                  ObjectWriter<EvrocClusterObject>& writer)
      : env_(env),
        access_(access),
        writer_(writer),
        cloud_config_(env.kube, env.clock) {}

  // What the network service says of the network.
  struct Answer {
    const network::v1::ClusterNetwork& network;
    const common::v1::CredentialCheck& check;
    const Placement& placement;
  };
  // Ends a reconcile that applied the spec.
  ReconcileResult WriteApplied(const CallContext& context,
                               EvrocClusterPtr evroc,
                               const ClusterObject& cluster,
                               const Answer& answer);
  // Writes what the contact with the cloud says while nothing else is known.
  absl::Status WriteUnknown(const CallContext& context,
                            const EvrocClusterPtr& evroc);
  // Ends one that met an error. `condition` is set False beside Ready; empty:
  // the one that the error names.
  ReconcileResult Fail(const CallContext& context, const EvrocClusterPtr& evroc,
                       const absl::Status& status,
                       absl::string_view condition = "") {
    return Fail(context, evroc, status, condition, /*measured=*/nullptr);
  }
  // The same where it is known what exists, which is written too.
  ReconcileResult FailBeside(const CallContext& context,
                             const EvrocClusterPtr& evroc,
                             const absl::Status& status,
                             const Answer& measured);

 private:
  // Fills in spec.controlPlaneEndpoint as soon as the network has one, and the
  // objects that the cloud is recognised by.
  absl::StatusOr<EvrocClusterPtr> WriteFound(
      const CallContext& context, const EvrocClusterPtr& evroc,
      const network::v1::ClusterNetwork& network);
  // Whether its network was ready once: also where its status was lost, which
  // does not survive a move.
  bool WasReady(const EvrocClusterObject& evroc) const;
  EvrocClusterStatus MeasuredStatus(const EvrocClusterObject& evroc,
                                    const Answer& answer) const;
  EvrocClusterStatus AppliedStatus(const EvrocClusterObject& evroc,
                                   const Answer& answer) const;
  void PublishChanges(const EvrocClusterObject& before,
                      const EvrocClusterObject& after) const;
  // `measured` may be null.
  ReconcileResult Fail(const CallContext& context, const EvrocClusterPtr& evroc,
                       const absl::Status& status, absl::string_view condition,
                       const Answer* measured);
  absl::Status RecordError(const CallContext& context,
                           const EvrocClusterPtr& evroc,
                           const ReconcileError& error, const Answer* measured);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocClusterObject>& writer_;
  CloudConfigWriter cloud_config_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_RECORDER_H_
