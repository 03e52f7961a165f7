// The existing resources of a cluster's network. Values, and the functions that
// collect them.

#ifndef SERVICES_NETWORK_NETWORK_RESOURCES_H_
#define SERVICES_NETWORK_NETWORK_RESOURCES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "services/evroc/api/networking.h"
#include "services/inventory/inventory.h"
#include "services/network/network_inventories.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

struct NetworkResources {
  // The cluster's own or one that it uses.
  std::optional<cloud::Known<cloud::Vpc>> vpc;
  // In the order of the spec, without missing ones; without a spec by id.
  std::vector<cloud::Known<cloud::Subnet>> subnets;
  std::optional<cloud::Known<cloud::PublicIp>> address;
  // All groups of the cluster.
  std::vector<cloud::Known<cloud::SecurityGroup>> groups;
  std::vector<cloud::Known<cloud::LoadBalancer>> balancers;
  std::vector<cloud::Known<cloud::BackendPool>> pools;
  std::vector<cloud::Known<cloud::BackendService>> services;
  std::vector<cloud::Known<cloud::L4Route>> routes;

  // Whether none of the resources belongs to the cluster.
  bool owns_nothing = true;
};

// The cluster's group for a role, or null.
const cloud::Known<cloud::SecurityGroup>* FindRole(
    const NetworkResources& resources, absl::string_view role);

// Reads resources that are not in memory. `spec` may be null: then the
// cluster's own resources show which other objects it uses.
absl::StatusOr<NetworkResources> GatherResources(
    const CallContext& context, NetworkInventories& inventories,
    const std::string& cluster_id, const NetworkSpec* spec);

// Reads only memory.
NetworkResources CachedResources(NetworkInventories& inventories,
                                 const std::string& cluster_id,
                                 const NetworkSpec* spec);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_NETWORK_RESOURCES_H_
