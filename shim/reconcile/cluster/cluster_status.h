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

// Whether spec.controlPlaneEndpoint has host and port.
bool HasEndpoint(const EvrocClusterObject& cluster);

// The status after an answer, which `placement` comes from. Provisioned becomes
// true with the first READY network and stays true (IC-06), also where the
// status was lost and something else shows that it was ready once; from then on
// Ready says whether the endpoint is served.
EvrocClusterStatus StatusOfNetwork(const EvrocClusterObject& cluster,
                                   const network::v1::ClusterNetwork& network,
                                   const Placement& placement, bool was_ready,
                                   absl::Time now);

// Whether the host of spec.controlPlaneEndpoint is, or was once, the address of
// the endpoint's public IP, by the annotation evroc.com/endpoint-address or the
// status. If not it is a user's own, and may lead anywhere.
bool WasItsAddress(const EvrocClusterObject& cluster);

// Sets CredentialsReady and SpecApplied of a status that shows the answer to an
// Apply: SpecApplied is False where a part is used that is not as requested.
void SetAppliedTo(const EvrocClusterObject& cluster,
                  const network::v1::ClusterNetwork& network, absl::Time now,
                  EvrocClusterStatus& status);

// The status after an error. Of a network that was ready once, Ready and the
// conditions of its parts stay as they are in `cluster`, where they say what is
// measured (IC-09, ADR 29).
EvrocClusterStatus StatusWithError(const EvrocClusterObject& cluster,
                                   const ReconcileError& error, absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_STATUS_H_
