// The names of a network's objects: their ids in the cloud, and their role and
// part labels. Pure functions.

#ifndef SERVICES_NETWORK_SPEC_PART_NAMES_H_
#define SERVICES_NETWORK_SPEC_PART_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner.h"
#include "services/network/spec/group_spec.h"

namespace evroc::network {

// Values of kRoleLabel.
inline constexpr char kCommonRole[] = "common";
inline constexpr char kControlPlaneRole[] = "control-plane";
inline constexpr char kWorkerRole[] = "worker";
inline constexpr char kAdditionalRole[] = "additional";
inline constexpr char kEndpointRole[] = "endpoint";
// Values of kPartLabel on the endpoint's public IP: its purpose.
inline constexpr char kForLoadBalancer[] = "load-balancer";
inline constexpr char kForMachine[] = "public-ip";

// The ids of a cluster's endpoint that depend on the owner alone.
struct EndpointIds {
  cloud::Id<cloud::PublicIp> address;
  cloud::Id<cloud::LoadBalancer> balancer;
  cloud::Id<cloud::BackendPool> pool;
};
EndpointIds EndpointIdsOf(const cloud::Owner& owner);

// The id of the group with built-in rules for `role`.
cloud::Id<cloud::SecurityGroup> RoleGroupId(const cloud::Owner& owner,
                                            absl::string_view role);
// Those that the cluster may have; none for what the official provider made.
std::vector<cloud::Id<cloud::SecurityGroup>> RoleGroupIds(
    const cloud::Owner& owner);

// The id of a machine's public IP.
cloud::Id<cloud::PublicIp> MachineAddressId(const cloud::Owner& owner);

// The name of the endpoint's port: of its listener, and the part of its service
// and route. `is_api`: it is the Kubernetes API's.
std::string PortName(const cloud::Owner& owner, int port, bool is_api);

// The name of the port of an owner with a resource prefix, whose object of that
// kind, "BackendService" or "L4Route", is `id`; empty if it is no port's.
std::string PortNameOf(const cloud::Owner& owner, absl::string_view kind,
                       absl::string_view id);

// The id of an additional group, and its part.
cloud::Id<cloud::SecurityGroup> AdditionalGroupId(const cloud::Owner& owner,
                                                  const GroupSpec& group);
const std::string& AdditionalGroupPart(const GroupSpec& group);

// Whether an object of that kind, "L4Route", with that id is the owner's by its
// name. That takes the owner's ids alone; with a cluster's name, what looks
// like an additional group of it counts too, since a group's whole name can't
// be read from an id.
bool IsPartOf(const cloud::Owner& owner, absl::string_view kind,
              absl::string_view id);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SPEC_PART_NAMES_H_
