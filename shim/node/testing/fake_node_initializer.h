// A NodeInitializer that does what a test tells it. Thread-safe.

#ifndef SHIM_NODE_TESTING_FAKE_NODE_INITIALIZER_H_
#define SHIM_NODE_TESTING_FAKE_NODE_INITIALIZER_H_

#include <map>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/kube/resource.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

class FakeNodeInitializer : public NodeInitializer {
 public:
  void Want(const ObjectKey& cluster, const ObjectKey& machine,
            const DesiredNode& desired, bool initialized) override;
  void Doubt(const ObjectKey& machine, bool in_doubt) override;
  void Forget(const ObjectKey& machine) override;
  // kPending with kNodeNotFound until SetState.
  NodeState StateOf(const ObjectKey& machine) override;

  // What StateOf answers from now on, until the machine is forgotten.
  void SetState(const ObjectKey& machine, NodeState state);
  void SetInitialized(const ObjectKey& machine);

  // What is wanted for `machine`; nothing if nothing is.
  std::optional<DesiredNode> DesiredFor(const ObjectKey& machine) const;
  std::optional<ObjectKey> ClusterOf(const ObjectKey& machine) const;
  // Whether the Node of `machine` is in doubt.
  bool IsInDoubt(const ObjectKey& machine) const;

 private:
  struct Wanted {
    ObjectKey cluster;
    DesiredNode desired;
    bool in_doubt = false;
  };

  mutable absl::Mutex mutex_;
  std::map<ObjectKey, Wanted> wanted_ ABSL_GUARDED_BY(mutex_);
  std::map<ObjectKey, NodeState> states_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_TESTING_FAKE_NODE_INITIALIZER_H_
