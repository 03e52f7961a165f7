// A NodeInitializer that writes to the workload clusters themselves.
//
// For each cluster with open desired Nodes an actor, a thread with a connection
// of its own, looks at its Nodes (NodeSession) and ends when nothing is open
// any more. So a cluster that is dead or slow holds up nobody but itself. There
// is a limit to the actors at once; beyond it clusters take turns
// (ClusterTurns). A failed attempt gives its place back, and a thread is there
// only while it works. Thread-safe.

#ifndef SHIM_NODE_WORKLOAD_NODE_INITIALIZER_H_
#define SHIM_NODE_WORKLOAD_NODE_INITIALIZER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"
#include "shim/node/cluster_turns.h"
#include "shim/node/desired_nodes.h"
#include "shim/node/node_initializer.h"
#include "shim/node/node_session.h"
#include "shim/node/node_wake.h"
#include "shim/node/small_thread.h"
#include "shim/node/workload_access.h"

namespace evroc::shim {

struct NodeInitializerOptions {
  TurnOptions turns;
  SessionOptions session;
  // For how long a kubeconfig's content is used again after a failure.
  absl::Duration kubeconfig_max_age = absl::Minutes(2);
};

class WorkloadNodeInitializer : public NodeInitializer {
 public:
  // Hears of a machine whose state has changed, on some thread and without a
  // lock; it must not block. It may call the initialiser.
  using OnChange = NodeSession::OnChange;

  // `management` and `clock` must outlive this.
  WorkloadNodeInitializer(KubeClient& management, WorkloadClientFactory factory,
                          Clock& clock, OnChange on_change,
                          const NodeInitializerOptions& options = {});
  // Ends all actors; `on_change` is not called any more once it returns.
  ~WorkloadNodeInitializer() override;

  void Want(const ObjectKey& cluster, const ObjectKey& machine,
            const DesiredNode& desired) override;
  void Forget(const ObjectKey& machine) override;
  NodeState StateOf(const ObjectKey& machine) override;

  // How many clusters are looked at now.
  size_t ActorCount() const;

 private:
  using Outcome = ClusterTurns::Outcome;

  struct Actor {
    std::stop_source stop;
    std::shared_ptr<NodeWake> wake = std::make_shared<NodeWake>();
    std::unique_ptr<SmallThread> thread;  // of the dispatcher only
    bool finished = false;
    Outcome outcome = Outcome::kFailed;
  };

  // The dispatcher's thread, and what it does in turn.
  void Dispatch();
  bool AwaitChange();
  void JoinEnded();
  void Interrupt();
  void StartDue();
  bool StartOne();

  // The actors' threads.
  void Act(const ObjectKey& cluster, Actor* actor);
  Outcome Attempt(const ObjectKey& cluster, const Actor& actor);
  Outcome AfterSession(const ObjectKey& cluster, const absl::Status& ended,
                       bool listed, absl::Time began);
  void RecordClusterState(const ObjectKey& cluster, const NodeState& state);

  DesiredNodes board_;
  WorkloadAccess access_;
  Clock& clock_;
  const OnChange on_change_;
  const NodeInitializerOptions options_;
  absl::InsecureBitGen random_;  // of the dispatcher

  mutable absl::Mutex mutex_;
  ClusterTurns turns_ ABSL_GUARDED_BY(mutex_);
  std::map<ObjectKey, std::unique_ptr<Actor>> actors_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;  // for the dispatcher
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread dispatcher_;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_WORKLOAD_NODE_INITIALIZER_H_
