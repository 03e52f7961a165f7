// What it means for a machine's Node when its workload cluster can't be worked
// with. Pure functions; their texts hold no times.

#ifndef SHIM_NODE_CLUSTER_FAILURE_H_
#define SHIM_NODE_CLUSTER_FAILURE_H_

#include "absl/status/status.h"
#include "shim/kube/resource.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

// After an error of WorkloadAccess::Open.
NodeState StateWithoutAccess(const absl::Status& error,
                             const ObjectKey& cluster);

// After an error of the workload cluster's API.
NodeState StateAfterRefusal(const absl::Status& error);

// Whether a write failed because of what was written, not of the connection:
// other Nodes may fare better.
bool ConcernsOneNode(const absl::Status& error);

// Whether this says that there is no such path: a subresource that the API does
// not have, or an object that is gone.
bool IsMissing(const absl::Status& error);

}  // namespace evroc::shim

#endif  // SHIM_NODE_CLUSTER_FAILURE_H_
