// Takes a cluster's network down, by its labels and in the order in which its
// resources depend on each other.

#ifndef SERVICES_NETWORK_DELETE_NETWORK_H_
#define SERVICES_NETWORK_DELETE_NETWORK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/inventory/ensure.h"
#include "services/network/network_inventories.h"

namespace evroc::network {

// Goes a step further; returns what is still there. Nothing: gone, confirmed
// by the cloud. A VPC or subnet that holds another cluster's objects is handed
// over to that one, or released, and not waited for (ADR 8). Errors of
// Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteNetwork(
    const CallContext& context, NetworkInventories& inventories,
    const std::string& cluster_id);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DELETE_NETWORK_H_
