// Takes over, or gives back, the network objects that Evroc's official provider
// has made for a cluster or for one of its machines.

#ifndef SERVICES_NETWORK_TAKE_OVER_NETWORK_H_
#define SERVICES_NETWORK_TAKE_OVER_NETWORK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/evroc/api/network_api.h"
#include "services/inventory/take_over.h"
#include "services/network/network_inventories.h"

namespace evroc::network {

// The cluster's endpoint, and its security groups: those of its machines are
// the cluster's too. `inventories` are those of `api`. Safe to repeat. Errors
// of Collection.
absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverNetwork(
    const CallContext& context, cloud::NetworkApi& api,
    NetworkInventories& inventories, const cloud::TakeOverRequest& request);

// As TakeOverNetwork, the public IP of a machine. If the machine
// `uses_existing` that somebody else made, its own is found by its labels
// alone.
absl::StatusOr<std::vector<cloud::TakeOverObject>> TakeOverAddress(
    const CallContext& context, cloud::NetworkApi& api,
    NetworkInventories& inventories, const cloud::TakeOverRequest& request,
    bool uses_existing);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_TAKE_OVER_NETWORK_H_
