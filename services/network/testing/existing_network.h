// A network that exists exactly as its spec requests it, to be changed by
// tests. Pure functions.

#ifndef SERVICES_NETWORK_TESTING_EXISTING_NETWORK_H_
#define SERVICES_NETWORK_TESTING_EXISTING_NETWORK_H_

#include "services/evroc/api/network_api.h"
#include "services/network/network_resources.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

inline constexpr cloud::Capabilities kRestCapabilities = {
    .load_balancers = true, .zones = true, .vpc_in_security_groups = true};

// Of cluster "c1": VPC "vpc", subnets "s-a" and "s-b" in zones a and b, an
// additional group "extra", a load balancer on port 6443 with the backends
// "m1" and "m2".
NetworkSpec TestSpec();

// All objects of `spec`, ready, and the public IP with address 198.18.0.1.
NetworkResources ExistingResources(const NetworkSpec& spec);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_TESTING_EXISTING_NETWORK_H_
