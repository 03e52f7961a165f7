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

// Puts the backends into the pools that the cluster has, whatever else of its
// endpoint is there.
absl::Status ApplyBackends(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec);

// Creates and repairs the endpoint. `subnets`: those of the cluster that exist,
// in the spec's order; `exists`: as in cloud::Steps. FAILED_PRECONDITION for
// what can't be changed once the endpoint exists, and if another owner has the
// name of a part.
absl::Status ApplyEndpoint(const CallContext& context,
                           NetworkInventories& inventories,
                           const NetworkSpec& spec,
                           const std::vector<cloud::Subnet>& subnets,
                           bool exists);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_APPLY_ENDPOINT_H_
