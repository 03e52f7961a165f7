// How a cluster's network is, state by state: what its conditions say.
// Values, from what is known alone.

#ifndef SERVICES_NETWORK_CONDITION_STATES_H_
#define SERVICES_NETWORK_CONDITION_STATES_H_

#include <string>

#include "services/evroc/api/network_api.h"
#include "services/evroc/api/networking.h"
#include "services/network/network_resources.h"
#include "services/network/network_spec.h"

namespace evroc::network {

struct ConditionState {
  bool holds = true;
  bool hopeless = false;  // it does not become right by itself
  std::string reason = "Available";
  std::string message;
};

// `spec` is null where it is not known.
ConditionState VpcState(const NetworkResources& resources,
                        const NetworkSpec* spec);
ConditionState SubnetsState(const NetworkResources& resources,
                            const NetworkSpec* spec);
ConditionState GroupsState(const NetworkResources& resources,
                           const NetworkSpec* spec,
                           const cloud::Capabilities& capabilities);
ConditionState EndpointState(const NetworkResources& resources,
                             const NetworkSpec* spec);

// Whether the endpoint is, or is to be, a load balancer.
bool HasBalancer(const NetworkResources& resources, const NetworkSpec* spec);

bool IsReady(const cloud::Known<cloud::Subnet>& subnet);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_CONDITION_STATES_H_
