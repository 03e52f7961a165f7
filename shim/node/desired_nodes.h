// Keeps the desired Nodes of all workload clusters, and the state of each.
// Enqueues a cluster when there is something new to do in it. Thread-safe.

#ifndef SHIM_NODE_DESIRED_NODES_H_
#define SHIM_NODE_DESIRED_NODES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/kube/resource.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

// A desired Node as the reconcile of its cluster sees it.
struct DesiredNodeEntry {
  ObjectKey cluster;
  ObjectKey machine;
  std::shared_ptr<const DesiredNode> desired;
  uint64_t serial = 0;  // another one after each change of the desired Node
  NodeState state;
  bool in_doubt = false;  // as NodeInitializer::Doubt
  // Since when it is wanted as it is, in doubt, or gone.
  absl::Time awaited_since;
  // When it was looked at last; infinite past if never as it is now.
  absl::Time looked_at = absl::InfinitePast();
};

class DesiredNodes : public NodeInitializer {
 public:
  // Receives a cluster that has new desired Nodes, or none any more, and how
  // long its reconcile may wait.
  using EnqueueCluster =
      std::function<void(const ObjectKey& cluster, absl::Duration delay)>;
  // For Nodes that were complete before: after a start one reconcile then sees
  // those of all machines.
  static constexpr absl::Duration kNoHurry = absl::Minutes(1);

  // `clock` must outlive this. `enqueue` is called without locks.
  DesiredNodes(Clock& clock, EnqueueCluster enqueue);

  void Want(const ObjectKey& cluster, const ObjectKey& machine,
            const DesiredNode& desired, bool initialized) override;
  void Doubt(const ObjectKey& machine, bool in_doubt) override;
  void Forget(const ObjectKey& machine) override;
  NodeState StateOf(const ObjectKey& machine) override;

  // All desired Nodes of a cluster, by machine.
  std::vector<DesiredNodeEntry> Of(const ObjectKey& cluster) const;

  // Records that `entry` was looked at now, and its state. Returns whether the
  // state has changed; false if the desired Node was changed or forgotten
  // meanwhile.
  bool Record(const DesiredNodeEntry& entry, const NodeState& state);

  // Whether `entry` is still wanted as it is.
  bool IsCurrent(const DesiredNodeEntry& entry) const;

  // Records what stops the whole cluster, for its Nodes that are neither
  // initialized nor at fault themselves (IsFaultOfNode). Returns the machines
  // whose state has changed.
  std::vector<ObjectKey> RecordCluster(const ObjectKey& cluster,
                                       const NodeState& state);

 private:
  // Returns whether the cluster has no desired Node any more.
  bool RemoveLocked(const ObjectKey& machine, const ObjectKey& cluster)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  const EnqueueCluster enqueue_;
  mutable absl::Mutex mutex_;
  // By machine.
  std::map<ObjectKey, DesiredNodeEntry> entries_ ABSL_GUARDED_BY(mutex_);
  // Never an empty set.
  std::map<ObjectKey, std::set<ObjectKey>> by_cluster_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_serial_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_DESIRED_NODES_H_
