// Computes the states of a cluster's network that its conditions report. Pure
// functions of the known resources.

#ifndef SERVICES_NETWORK_CONDITION_STATES_H_
#define SERVICES_NETWORK_CONDITION_STATES_H_

#include <vector>

#include "services/evroc/api/network_api.h"
#include "services/evroc/api/networking.h"
#include "services/fields/condition_state.h"
#include "services/network/network_resources.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

using cloud::ConditionState;

// `spec` is null if unknown.
ConditionState VpcState(const NetworkResources& resources,
                        const NetworkSpec* spec);
ConditionState SubnetsState(const NetworkResources& resources,
                            const NetworkSpec* spec);
ConditionState GroupsState(const NetworkResources& resources,
                           const NetworkSpec* spec,
                           const cloud::Capabilities& capabilities);
ConditionState EndpointState(const NetworkResources& resources,
                             const NetworkSpec* spec);

// Whether the endpoint is or will be a load balancer.
bool HasBalancer(const NetworkResources& resources, const NetworkSpec* spec);

// Whether a listener leads to a service.
ConditionState LeadsSomewhere(const NetworkResources& resources,
                              const cloud::LoadBalancer::Listener& listener);
// Whether the load balancer has the address, and nothing else has.
ConditionState HolderState(const cloud::PublicIp& address,
                           const cloud::LoadBalancer& balancer);
// Whether an address that a machine should have is not something else's: a load
// balancer's, or, where it is known which machines are asked for, another's.
ConditionState MachineHolderState(const cloud::PublicIp& address,
                                  const NetworkSpec* spec);
// Whether machines are asked for that are all known. Of those that are being
// made none is.
bool AsksForMachines(const NetworkSpec* spec);

bool IsReady(const cloud::Known<cloud::Subnet>& subnet);

// Whether they are the same, in any order.
bool SameBackends(const std::vector<Id<cloud::VirtualMachine>>& a,
                  const std::vector<Id<cloud::VirtualMachine>>& b);
bool SameListeners(const std::vector<cloud::LoadBalancer::Listener>& a,
                   const std::vector<cloud::LoadBalancer::Listener>& b);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_CONDITION_STATES_H_
