// Runs one session in a workload cluster: makes its Nodes as desired and waits
// for those that do not exist yet.
//
// A cluster whose Nodes are right already costs one list. Otherwise the Nodes
// are watched, and written once for each desired Node. Run() is for one thread,
// and blocks it; Wake() is for any.

#ifndef SHIM_NODE_NODE_SESSION_H_
#define SHIM_NODE_NODE_SESSION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/resource.h"
#include "shim/node/desired_nodes.h"
#include "shim/node/node_initializer.h"
#include "shim/node/node_patch.h"
#include "shim/node/node_snapshot.h"
#include "shim/node/node_wake.h"

namespace evroc::shim {

struct SessionOptions {
  absl::Duration call_timeout = absl::Seconds(15);
  absl::Duration list_timeout = absl::Seconds(30);
  // A watch ends after this; if nothing at all came, so does the session.
  absl::Duration watch_timeout = absl::Minutes(5);
  // Between two watches that the server ends.
  absl::Duration watch_pause = absl::Seconds(1);
};

class NodeSession {
 public:
  // Hears of a machine whose state has changed; on Run()'s thread.
  using OnChange = std::function<void(const ObjectKey& machine)>;

  // What a session works with; all of it must outlive the session.
  struct Parts {
    KubeClient& client;  // of the workload cluster
    DesiredNodes& board;
    NodeWake& wake;  // woken when the cluster's desired Nodes change
    Clock& clock;
    const OnChange& on_change;
  };

  NodeSession(ObjectKey cluster, const Parts& parts,
              const SessionOptions& options);

  // Returns OK when no desired Node of the cluster is open any more, CANCELLED
  // when `cancel` says so, ABORTED when the connection has gone silent, else
  // the error of the workload cluster's API.
  absl::Status Run(const std::stop_token& cancel);

  // Whether the Nodes were listed: the cluster answers.
  bool listed() const { return listed_; }

 private:
  // What is to be done about one desired Node.
  struct Decision {
    PendingNode open;
    NodeState state;   // if there is nothing to write
    std::string node;  // its name, if there is
  };
  // What was refused, so that it is not tried again until something changes.
  struct Refusal {
    uint64_t serial = 0;
    NodeSnapshot snapshot;
    NodeState state;
  };

  CallContext ContextFor(const std::stop_token& cancel,
                         absl::Duration timeout) const;
  absl::Status ListNodes(const std::stop_token& cancel);
  absl::Status WatchNodes(const std::stop_token& cancel,
                          const std::stop_token& wake);
  absl::Status AfterWatch(const absl::Status& ended, bool heard,
                          const std::stop_token& cancel);
  // Whether the event changes what counts of a Node.
  bool Take(const WatchEvent& event);

  std::vector<Decision> Decide() const;
  Decision DecideFor(const PendingNode& open, const ObservedNode& node) const;
  bool HasWork() const;
  absl::Status SettleAll(const std::stop_token& cancel);
  void Record(const PendingNode& open, const NodeState& state);

  // Writes the Node until it is as desired. Returns the resulting state, or the
  // error that ends the session.
  absl::StatusOr<NodeState> Initialize(const PendingNode& open,
                                       const std::string& name,
                                       const std::stop_token& cancel);
  // One write; OK if the table now has the Node as it is, or has it no more.
  absl::Status Write(const std::string& name, const NodePlan& plan,
                     const std::stop_token& cancel);
  absl::Status Patch(const std::string& name, bool status, const Json& patch,
                     const std::stop_token& cancel);
  absl::Status ReadAgain(const std::string& name,
                         const std::stop_token& cancel);
  NodePlan PlanFor(const DesiredNode& desired, const ObservedNode& node) const;

  const ObjectKey cluster_;
  const Parts parts_;
  const SessionOptions options_;
  bool listed_ = false;
  bool no_status_ = false;  // the API has no status subresource of Nodes
  NodeTable nodes_;
  std::string version_;                    // what the table is true for
  std::map<ObjectKey, Refusal> refusals_;  // by machine
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_SESSION_H_
