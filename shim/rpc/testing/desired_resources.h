// Builds complete requests as a starting point for tests. Pure functions.

#ifndef SHIM_RPC_TESTING_DESIRED_RESOURCES_H_
#define SHIM_RPC_TESTING_DESIRED_RESOURCES_H_

#include <string>

#include "evroc/common/v1/resources.pb.h"
#include "evroc/compute/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"

namespace evroc::shim {

// A scope in project "project", with these credentials.
common::v1::CloudScope TestScope(const std::string& credentials);

// An owner with names made from the ids: "name-of-<id>".
common::v1::Owner TestOwner(const std::string& cluster_id,
                            const std::string& machine_id = "");

compute::v1::VirtualMachine TestMachine(const std::string& cluster_id,
                                        const std::string& machine_id);

// A VPC with one subnet in zone a.
network::v1::ClusterNetwork TestNetwork(const std::string& cluster_id);

network::v1::PublicIp TestAddress(const std::string& cluster_id,
                                  const std::string& machine_id);

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_DESIRED_RESOURCES_H_
