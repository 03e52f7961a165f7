// Reconciles the Nodes of one workload cluster: makes those that are wanted
// complete (DesiredNodes), or only reads them, and looks again whether they
// still are as they were. The key is
// the one of the Cluster.
//
// A reconcile begins with a small read, which tells soon whether the cluster
// answers. Clusters that were never asked, and those whose last reconcile took
// long, share parts of the workers, so that those that hang, at once or later,
// hold up no other (traps.md B9). Thread-safe for different keys.

#ifndef SHIM_NODE_NODE_RECONCILER_H_
#define SHIM_NODE_NODE_RECONCILER_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/outcome.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"
#include "shim/node/desired_nodes.h"
#include "shim/node/node_state.h"
#include "shim/node/workload_access.h"
#include "shim/node/workload_nodes.h"

namespace evroc::shim {

class NodeReconciler {
 public:
  struct Options {
    // The workers of the controller, for Bulkhead::ForWorkers.
    int workers = 128;
    // A cluster hangs that keeps one for longer; less than timeouts.first.
    absl::Duration hang_threshold = absl::Seconds(3);
    WorkloadNodes::Timeouts timeouts;
    // When a Node that has not registered, or is in doubt, is looked for again:
    // at first, and once it is late.
    absl::Duration pending_interval = absl::Seconds(3);
    absl::Duration late = absl::Minutes(10);
    absl::Duration late_interval = absl::Seconds(30);
    // When a Node that needs a person's repair is looked at again.
    absl::Duration failed_interval = absl::Seconds(30);
    // When a complete Node is looked at again.
    absl::Duration sync_period = absl::Minutes(10);
  };
  // Receives a machine whose state has changed, without locks.
  using OnChange = std::function<void(const ObjectKey& machine)>;

  // `enqueue` receives clusters for which a worker has become free. All
  // references must outlive this.
  NodeReconciler(DesiredNodes& desired, WorkloadAccess& access, Clock& clock,
                 Bulkhead::OnAvailable enqueue, OnChange on_change,
                 const Options& options);

  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request);

 private:
  // What is known of a cluster from one reconcile to the next.
  struct Record {
    bool answered = false;  // when it was called last
    absl::Time listed_at = absl::InfinitePast();
  };
  using Entries = std::vector<DesiredNodeEntry>;

  Record& RecordOf(const ObjectKey& cluster);
  ReconcileResult Forget(const ObjectKey& cluster);
  // Those of `entries` whose time has come, the longest waiting first.
  Entries DueOf(const Entries& entries) const;
  absl::Duration IntervalOf(const DesiredNodeEntry& entry) const;
  // When to come back, from the desired Nodes as they are now.
  ReconcileResult Next(const ObjectKey& cluster);

  ReconcileResult ReconcileDue(const CallContext& context,
                               const ObjectKey& cluster, const Entries& entries,
                               const Bulkhead::Permit& permit);
  // Completes the Nodes of those of `entries` that are due. Returns the state
  // of a cluster that does not answer or refuses access; nothing if it is not
  // to blame.
  std::optional<NodeState> TryComplete(const CallContext& context,
                                       const ObjectKey& cluster,
                                       const Entries& entries,
                                       const Bulkhead::Permit& permit,
                                       Record& record);
  absl::Status CompleteDue(WorkloadNodes& nodes, const Entries& entries,
                           Record& record);
  // Reads Nodes by name; returns the machines that only a list can tell of.
  absl::StatusOr<std::set<ObjectKey>> ReadByName(WorkloadNodes& nodes,
                                                 const Entries& due,
                                                 const Record& record);
  // `entries` are all of the cluster, since each may claim a Node.
  absl::Status CompleteFromList(WorkloadNodes& nodes, const Entries& entries,
                                const std::set<ObjectKey>& unsettled);

  // Of those of `entries` that are only read.
  void RecordForeign(const Entries& entries,
                     const std::vector<const DesiredNode*>& desired,
                     const std::set<ObjectKey>& unsettled,
                     const NodeTable& nodes);

  void RecordNode(const DesiredNodeEntry& entry, const NodeState& state);
  void RecordCluster(const ObjectKey& cluster, const NodeState& state);

  DesiredNodes& desired_;
  WorkloadAccess& access_;
  Clock& clock_;
  const OnChange on_change_;
  const Options options_;
  Bulkhead clusters_;
  absl::Mutex mutex_;
  // The references stay valid; a record is used by the reconcile of its key.
  std::map<ObjectKey, Record> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_RECONCILER_H_
