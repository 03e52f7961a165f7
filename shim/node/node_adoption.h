// Decides whose a Node is whose provider ID somebody else has set, so that the
// machine takes that over (ADR 24). A value.
//
// A machine's Node has the name of its VM, and one of the VM's addresses. Where
// it has a provider ID in Evroc's form, that alone decides: it has the VM's
// UID. Anything that contradicts is said, and nothing is taken over.

#ifndef SHIM_NODE_NODE_ADOPTION_H_
#define SHIM_NODE_NODE_ADOPTION_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "shim/node/node_initializer.h"
#include "shim/node/node_snapshot.h"
#include "shim/node/node_state.h"

namespace evroc::shim {

class ForeignNodes {
 public:
  // `all` are the desired Nodes of all machines of the cluster, and `nodes` all
  // its Nodes; both must outlive this.
  ForeignNodes(const std::vector<const DesiredNode*>& all,
               const NodeTable& nodes);

  // The state of one of `all`, whose Node is only read.
  NodeState StateOf(const DesiredNode& desired) const;

 private:
  using Nodes = std::vector<const ObservedNode*>;

  const Nodes& WithProviderId(const std::string& provider_id) const;
  // The state of a machine that has a provider ID.
  NodeState StateOfLinked(const DesiredNode& desired) const;
  // Without a Node of the VM's name.
  NodeState NoNode(const DesiredNode& desired) const;
  // The state of a machine whose Node seems to be that one, with a provider ID
  // of its own.
  NodeState StateOfCandidate(const DesiredNode& desired,
                             const ObservedNode& node) const;

  const NodeTable& nodes_;
  absl::flat_hash_map<std::string, Nodes> by_provider_id_;
  // By internal addresses.
  absl::flat_hash_map<std::string, const ObservedNode*> by_address_;
  absl::flat_hash_map<std::string, const DesiredNode*> machines_;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_ADOPTION_H_
