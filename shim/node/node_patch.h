// Computes the patches that complete a Node. Pure functions.
//
// A patch leaves out what is right already. A provider ID that is set is never
// changed: Kubernetes forbids it, and somebody else owns that Node
// (traps.md D1, B23). Each patch carries the resourceVersion, since it may
// replace a list that others write too.

#ifndef SHIM_NODE_NODE_PATCH_H_
#define SHIM_NODE_NODE_PATCH_H_

#include <optional>
#include <string>

#include "common/json/json.h"
#include "shim/node/node_initializer.h"
#include "shim/node/node_snapshot.h"

namespace evroc::shim {

struct NodePlan {
  // Why the Node can't be completed, for people; then there are no patches.
  std::string conflict;
  // Merge patches. The status comes first: once the taint is off, Pods start,
  // and they want the addresses.
  std::optional<Json> status_patch;
  std::optional<Json> node_patch;

  bool nothing_to_do() const {
    return conflict.empty() && !status_patch && !node_patch;
  }
};

NodePlan PlanNode(const DesiredNode& desired, const ObservedNode& node);

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_PATCH_H_
