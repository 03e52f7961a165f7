// Deletes a cluster's network, by its labels and in dependency order.

#ifndef SERVICES_NETWORK_DELETE_NETWORK_H_
#define SERVICES_NETWORK_DELETE_NETWORK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/evroc/api/network_api.h"
#include "services/inventory/ensure.h"
#include "services/network/network_inventories.h"

namespace evroc::network {

// Does the next step and returns what still exists; nothing means that the
// cloud has confirmed the deletion. A VPC or subnet with objects of another
// cluster is handed over to it, or released, and not waited for (ADR 8).
// `others_remain`: objects of programs in the cluster are still in the subnets,
// which wait for them. Errors of Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteNetwork(
    const CallContext& context, NetworkInventories& inventories,
    const std::string& cluster_id, bool others_remain);

// Deletes what the cluster's own cloud controller manager, known by its
// identifier, made: load balancers and their parts, and public IPs. Returns
// what still exists. Errors of Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::NetworkApi& api,
    const std::string& identifier);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DELETE_NETWORK_H_
