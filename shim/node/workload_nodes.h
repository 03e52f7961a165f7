// Reads and writes the Nodes of one workload cluster during one reconcile, and
// keeps what was read. Not thread-safe.

#ifndef SHIM_NODE_WORKLOAD_NODES_H_
#define SHIM_NODE_WORKLOAD_NODES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/node/node_initializer.h"
#include "shim/node/node_patch.h"
#include "shim/node/node_snapshot.h"

namespace evroc::shim {

class WorkloadNodes {
 public:
  struct Timeouts {
    // Of the first call, a small one: it tells whether the cluster answers.
    absl::Duration first = absl::Seconds(5);
    absl::Duration call = absl::Seconds(15);
    absl::Duration list = absl::Seconds(30);
  };

  // Calls end with `context` at the latest. All references must outlive
  // this.
  WorkloadNodes(KubeClient& client, const CallContext& context, Clock& clock,
                const Timeouts& timeouts);

  // Reads one Node into the table; a Node that does not exist, or is being
  // deleted, is not in it. Fails if the API does.
  absl::Status Get(const std::string& name);

  // Reads all Nodes into the table.
  absl::Status List();

  // Whether a read has succeeded.
  bool answered() const { return answered_; }

  const NodeTable& table() const { return table_; }
  // Null if the table does not have it.
  const ObservedNode* Find(const std::string& name) const;

  // Which writes make that Node of the table as desired.
  NodePlan PlanFor(const DesiredNode& desired, const ObservedNode& node) const;

  // Writes the Node `name` of the table until it is as desired, and returns the
  // resulting state; an error if the API does not answer or refuses the user.
  absl::StatusOr<NodeState> Complete(const DesiredNode& desired,
                                     const std::string& name);

 private:
  CallContext ContextFor(absl::Duration timeout) const;
  // One write; OK if the table now has the Node as it is, or has it no more.
  absl::Status Write(const std::string& name, const NodePlan& plan);
  // After the status of a Node turned out to be missing: the Node itself is
  // gone, or the API has no such subresource.
  absl::Status AfterMissingStatus(const std::string& name);
  absl::Status Patch(const std::string& name, absl::string_view subresource,
                     const Json& patch);

  KubeClient& client_;
  const CallContext& context_;
  Clock& clock_;
  const Timeouts timeouts_;
  bool answered_ = false;
  bool no_status_ = false;  // the API has no status subresource of Nodes
  NodeTable table_;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_WORKLOAD_NODES_H_
