// Says where the machines of a cluster can be placed, by what the network
// service reports. Pure functions.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_PLACEMENT_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_PLACEMENT_H_

#include <optional>
#include <vector>

#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/reconcile/cluster_info_cache.h"

namespace evroc::shim {

// Returns the part of the answer to an Apply that machines need. `zones`:
// whether the cloud has any.
Placement PlacementOf(const EvrocClusterObject& cluster,
                      const network::v1::ClusterNetwork& network, bool zones);

// The same of a network whose spec can't be had as a whole: the subnets that
// are there, beside what is `known`, which stays, since it may be what was
// meant. `known` is null after a restart: nullopt if the network does not show
// all that machines need.
std::optional<Placement> PlacementBesideRefusal(
    const EvrocClusterObject& cluster,
    const network::v1::ClusterNetwork& network, bool zones,
    const Placement* known);

std::vector<FailureDomain> DomainsOf(const Placement& placement);

// Returns `domains` and those of the placement in which a subnet is there,
// sorted by name.
std::vector<FailureDomain> DomainsWith(
    std::vector<FailureDomain> domains, const Placement& placement,
    const network::v1::ClusterNetwork& network);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_PLACEMENT_H_
