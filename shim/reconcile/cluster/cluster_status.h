// Computes EvrocCluster.status from the report of the network service. Pure
// functions.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_STATUS_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_STATUS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/reconcile/cluster_info_cache.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

// The status after an answer. `endpoint_set`: spec.controlPlaneEndpoint has
// host and port. `placement` comes from the same answer. Provisioned becomes
// true with the first READY network and stays true (IC-06).
EvrocClusterStatus StatusOfNetwork(const EvrocClusterObject& cluster,
                                   const network::v1::ClusterNetwork& network,
                                   const Placement& placement,
                                   bool endpoint_set, absl::Time now);

// The status after an error; unchanged after a transient one (IC-09).
EvrocClusterStatus StatusWithError(const EvrocClusterObject& cluster,
                                   const ReconcileError& error, absl::Time now);

// Returns the part of the answer that machines need.
Placement PlacementOf(const EvrocClusterObject& cluster,
                      const network::v1::ClusterNetwork& network, bool zones);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_STATUS_H_
