// Converts a spec to the desired cloud objects. Pure functions.

#ifndef SERVICES_NETWORK_DESIRED_H_
#define SERVICES_NETWORK_DESIRED_H_

#include <string>
#include <vector>

#include "services/evroc/api/network_api.h"
#include "services/evroc/api/networking.h"
#include "services/network/spec/network_spec.h"
#include "services/network/spec/part_names.h"

namespace evroc::network {

cloud::Vpc DesiredVpc(const NetworkSpec& spec);
cloud::Subnet DesiredSubnet(const NetworkSpec& spec,
                            const NetworkSpec::Subnet& subnet);

// The groups of the three roles in the order common, control plane, worker,
// unless the network is to be without them; then the additional ones. Without
// those that are refused.
std::vector<cloud::SecurityGroup> DesiredGroups(
    const NetworkSpec& spec, const cloud::Capabilities& capabilities);

cloud::PublicIp DesiredAddress(const NetworkSpec& spec);

// The resources of a load balancer; one service and one route for each port.
struct Balancer {
  cloud::BackendPool pool;
  std::vector<cloud::BackendService> services;
  std::vector<cloud::L4Route> routes;
  cloud::LoadBalancer balancer;
};

// The backends of a new pool: also those that may have been behind one that was
// lost.
std::vector<Id<cloud::VirtualMachine>> AllBackends(const NetworkSpec& spec);
// The backends of a pool that has `existing` ones.
std::vector<Id<cloud::VirtualMachine>> DesiredBackends(
    const NetworkSpec& spec,
    const std::vector<Id<cloud::VirtualMachine>>& existing);

// `subnets` are the existing ones; the balancer reaches machines through the
// first one of each zone, and in the default network through all there are.
Balancer DesiredBalancer(const NetworkSpec& spec,
                         const std::vector<cloud::Subnet>& subnets);

// Returns `wanted`, one of a Balancer's services, as it is requested where
// `existing` exists. For an owner with a resource prefix that one keeps its
// health check and protocol, which the official provider leaves to the cloud,
// unless the request chooses a port for the check.
cloud::BackendService RequestedService(const NetworkSpec& spec,
                                       cloud::BackendService wanted,
                                       const cloud::BackendService& existing);

Id<cloud::LoadBalancer> BalancerId(const NetworkSpec& spec);

// The id of the endpoint's public IP: the requested one, or the created one.
Id<cloud::PublicIp> AddressId(const NetworkSpec& spec);

// The default blocks of a VPC: the smallest of 10.0.0.0/16, 10.0.0.0/8,
// 172.16.0.0/12 and 192.168.0.0/16 that contain all of `subnet_blocks`.
std::vector<std::string> DefaultVpcBlocks(
    const std::vector<std::string>& subnet_blocks);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DESIRED_H_
