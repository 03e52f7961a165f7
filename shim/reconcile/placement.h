// Where a cluster's machines can be placed: its network in the cloud, as far as
// machines need it. A value.

#ifndef SHIM_RECONCILE_PLACEMENT_H_
#define SHIM_RECONCILE_PLACEMENT_H_

#include <map>
#include <string>
#include <vector>

#include "shim/reconcile/cluster/inline_groups.h"
#include "shim/reconcile/cluster/subnet_plan.h"

namespace evroc::shim {

struct Placement {
  std::string cluster_id;
  std::vector<PlannedSubnet> subnets;
  std::vector<std::string> zones;  // that machines can be placed in, sorted
  // Ids of the machines' security groups, by role.
  std::vector<std::string> common_groups;
  std::vector<std::string> control_plane_groups;
  std::vector<std::string> worker_groups;
  // The ids of existing inline groups, by name.
  std::map<std::string, std::string> inline_group_ids;
  InlineGroups inline_groups;
  // The public IP of the endpoint; empty with a load balancer.
  std::string endpoint_public_ip_id;

  friend bool operator==(const Placement&, const Placement&) = default;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_PLACEMENT_H_
