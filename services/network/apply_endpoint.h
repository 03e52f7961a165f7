// Applies the endpoint of a cluster: its public IP and the load balancer. A
// function without state.

#ifndef SERVICES_NETWORK_APPLY_ENDPOINT_H_
#define SERVICES_NETWORK_APPLY_ENDPOINT_H_

#include <vector>

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/evroc/api/networking.h"
#include "services/network/network_inventories.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// Creates and repairs the endpoint. `subnets`: those of the cluster that exist,
// in the spec's order. FAILED_PRECONDITION for what can't be changed once the
// endpoint exists, and if another owner has the name of a part.
absl::Status ApplyEndpoint(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec,
                           const std::vector<cloud::Subnet>& subnets);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_ENDPOINT_H_
