// How a cluster's network is, aspect by aspect: what its conditions say.
// Values, from what is known alone.

#ifndef SERVICES_NETWORK_NETWORK_ASPECTS_H_
#define SERVICES_NETWORK_NETWORK_ASPECTS_H_

#include <string>

#include "services/evroc/api/network_api.h"
#include "services/evroc/api/networking.h"
#include "services/network/network_parts.h"
#include "services/network/wish.h"

namespace evroc::network {

struct Aspect {
  bool holds = true;
  bool hopeless = false;  // it does not become right by itself
  std::string reason = "Available";
  std::string message;
};

// `wish` is null where it is not known.
Aspect VpcAspect(const NetworkParts& parts, const NetworkWish* wish);
Aspect SubnetsAspect(const NetworkParts& parts, const NetworkWish* wish);
Aspect GroupsAspect(const NetworkParts& parts, const NetworkWish* wish,
                    const cloud::Capabilities& capabilities);
Aspect EndpointAspect(const NetworkParts& parts, const NetworkWish* wish);

// Whether the endpoint is, or is to be, a load balancer.
bool HasBalancer(const NetworkParts& parts, const NetworkWish* wish);

bool IsReady(const cloud::Known<cloud::Subnet>& subnet);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_NETWORK_ASPECTS_H_
