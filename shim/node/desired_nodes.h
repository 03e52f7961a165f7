// What is wanted of the Nodes of all workload clusters, and how far it is.
//
// A desired Node is open until its Node is initialised. Thread-safe; calls
// nobody.

#ifndef SHIM_NODE_DESIRED_NODES_H_
#define SHIM_NODE_DESIRED_NODES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/kube/resource.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

struct PendingNode {
  ObjectKey machine;
  std::shared_ptr<const DesiredNode> desired;
  uint64_t serial = 0;  // another one after each change of the desired Node
  NodeState state;
};

class DesiredNodes {
 public:
  // Whether there is something new to look at in `cluster`. If the machine was
  // in another cluster before, it is let go there.
  bool Want(const ObjectKey& cluster, const ObjectKey& machine,
            const DesiredNode& desired);

  // The cluster that has one open desired Node less, if there was one.
  std::optional<ObjectKey> Forget(const ObjectKey& machine);

  NodeState StateOf(const ObjectKey& machine) const;

  bool HasOpen(const ObjectKey& cluster) const;
  std::vector<PendingNode> OpenOf(const ObjectKey& cluster) const;

  // Records the state of a desired Node; with kInitialized it is pending no
  // more. Returns whether the state has changed; false if the desired Node was
  // changed or forgotten meanwhile.
  bool Settle(const PendingNode& desired, const NodeState& state);

  // Records what stops the whole cluster, for its open desired Nodes but those
  // whose Node was seen to be at fault. Returns the machines whose state has
  // changed.
  std::vector<ObjectKey> SettleCluster(const ObjectKey& cluster,
                                       const NodeState& state);

 private:
  struct Entry {
    ObjectKey cluster;
    std::shared_ptr<const DesiredNode> desired;
    uint64_t serial = 0;
    NodeState state;
    bool open() const { return state.phase != NodeState::Phase::kInitialized; }
  };

  void CloseLocked(const ObjectKey& machine, const ObjectKey& cluster)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<ObjectKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by machine
  // The machines whose desired Nodes are open, by cluster; never an empty set.
  std::map<ObjectKey, std::set<ObjectKey>> open_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_serial_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_DESIRED_NODES_H_
