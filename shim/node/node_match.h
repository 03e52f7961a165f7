// Matches machines to Nodes. Pure functions.
//
// A Node is a machine's if it has its provider ID already, else if it has the
// name of its VM, else if it has one of its internal addresses, and its kubelet
// has registered it since the machine was made and reports. A surer claim beats
// a weaker one; of equal claims none counts, and the machine says so.

#ifndef SHIM_NODE_NODE_MATCH_H_
#define SHIM_NODE_NODE_MATCH_H_

#include <string>
#include <vector>

#include "shim/node/node_initializer.h"
#include "shim/node/node_snapshot.h"

namespace evroc::shim {

struct NodeMatch {
  // The one Node, of the table that was given; null: none.
  const ObservedNode* node = nullptr;
  // Why there is not one Node only, for people; empty if that is not so.
  std::string ambiguity;
  // Where there is none: a Node that has the machine's address and does not
  // count, and why, for people; empty if there is none.
  std::string disregarded;
};

// One match for each desired Node, in their order. Addresses are given out
// again while the Node of a VM that is gone may still be there: so one with the
// provider ID of another machine, or that is older than the machine, or silent,
// is not found by address.
std::vector<NodeMatch> MatchNodes(
    const std::vector<const DesiredNode*>& desired_nodes,
    const NodeTable& nodes);

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_MATCH_H_
