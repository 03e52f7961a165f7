// Tells whether an object is changing state and should be polled again soon.
// Pure functions.

#ifndef SERVICES_INVENTORY_TRANSITION_H_
#define SERVICES_INVENTORY_TRANSITION_H_

#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

bool InTransition(const Vpc& vpc);
bool InTransition(const Subnet& subnet);
bool InTransition(const SecurityGroup& group);
bool InTransition(const PublicIp& address);
bool InTransition(const LoadBalancer& balancer);
bool InTransition(const BackendPool& pool);
bool InTransition(const BackendService& service);
bool InTransition(const L4Route& route);
bool InTransition(const VirtualMachine& machine);
bool InTransition(const Disk& disk);
bool InTransition(const PlacementGroup& group);
bool InTransition(const HotswapAttachment& attachment);

// Whether the disk is not ready and will not become ready (traps.md B16).
bool HasFailed(const Disk& disk);

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_TRANSITION_H_
