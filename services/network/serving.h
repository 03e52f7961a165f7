// Tells whether what exists of a cluster's network serves its endpoint,
// whatever was asked for. Pure functions of the known resources.

#ifndef SERVICES_NETWORK_SERVING_H_
#define SERVICES_NETWORK_SERVING_H_

#include "services/fields/condition_state.h"
#include "services/network/network_resources.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// The endpoint is served by its public IP, which is the cluster's and which
// nothing else has, and by the load balancer that has it and leads its first
// port to the machines of the cluster's pool. That one may be empty until a
// machine is asked for: the first can only come up behind the load balancer.
// Without one, the public IP has to be one of the machines' that are asked for.
// `spec` is null if unknown.
cloud::ConditionState ServingState(const NetworkResources& resources,
                                   const NetworkSpec* spec);

// Whether what exists, gathered without a spec, can't become what `spec` asks
// for: it has another VPC, or an endpoint of another name, type or public IP.
// What is asked for then tells nothing of what exists.
bool IsOfAnotherNetwork(const NetworkResources& resources,
                        const NetworkSpec& spec);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SERVING_H_
