#include "shim/reconcile/cluster/cluster_placement.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shim/reconcile/subnet_plan.h"
#include "shim/rpc/cloud_conditions.h"

namespace evroc::shim {
namespace {

namespace v1 = network::v1;

std::vector<std::string> TextsOf(
    const google::protobuf::RepeatedPtrField<std::string>& field) {
  return {field.begin(), field.end()};
}

void AddNew(const std::vector<std::string>& ids,
            std::vector<std::string>& list) {
  for (const std::string& id : ids) {
    if (std::find(list.begin(), list.end(), id) == list.end()) {
      list.push_back(id);
    }
  }
}

bool Exists(const v1::ClusterNetwork& network, const std::string& subnet) {
  const auto& statuses = network.subnet_statuses();
  return std::any_of(statuses.begin(), statuses.end(),
                     [&](const auto& each) { return each.id() == subnet; });
}

// Whether machines can be placed in it, in the zone that is asked for.
bool IsThere(const v1::ClusterNetwork& network, const PlannedSubnet& subnet) {
  const auto& statuses = network.subnet_statuses();
  return std::any_of(
      statuses.begin(), statuses.end(), [&](const v1::SubnetStatus& each) {
        return each.id() == NameIn(subnet.name) && each.ready() &&
               (subnet.zone.empty() || each.zone() == subnet.zone);
      });
}

// Without any the control plane would be placed without regard to zones
// (IC-07), so then all are.
std::vector<std::string> ControlPlaneZones(
    const v1::ClusterNetwork& network, const std::vector<std::string>& zones) {
  std::vector<std::string> reached = zones;
  for (const v1::FailureDomain& domain : network.failure_domains()) {
    if (!domain.control_plane()) std::erase(reached, domain.name());
  }
  return reached.empty() ? zones : reached;
}

Placement PlacementIn(std::vector<PlannedSubnet> subnets,
                      const EvrocClusterObject& cluster,
                      const v1::ClusterNetwork& network) {
  Placement placement;
  placement.cluster_id = network.owner().cluster_id();
  placement.subnets = std::move(subnets);
  placement.zones = ZonesOf(cluster.spec, placement.subnets);
  placement.control_plane_zones = ControlPlaneZones(network, placement.zones);
  const v1::SecurityGroupIds& groups = network.security_group_ids();
  placement.common_groups = TextsOf(groups.common());
  placement.control_plane_groups = TextsOf(groups.control_plane());
  placement.worker_groups = TextsOf(groups.worker());
  placement.inline_group_ids = {groups.additional().begin(),
                                groups.additional().end()};
  const v1::ControlPlaneEndpointStatus& endpoint =
      network.control_plane_endpoint_status();
  if (endpoint.type() == v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP) {
    placement.endpoint_public_ip_id = endpoint.public_ip_id();
    placement.endpoint_address = endpoint.host();
  }
  return placement;
}

// The name of the entry of the spec that a subnet was made for.
std::string EntryOf(const EvrocClusterSpec& spec,
                    const v1::SubnetStatus& subnet) {
  for (const SubnetSpec& entry : spec.subnets) {
    if (absl::StrCat(entry.name, "-", subnet.zone()) == subnet.id()) {
      return entry.name;
    }
  }
  return subnet.id();
}

// What the network shows, where the spec can't be divided into subnets.
std::vector<PlannedSubnet> ShownSubnets(const EvrocClusterSpec& spec,
                                        const v1::ClusterNetwork& network) {
  std::vector<PlannedSubnet> shown;
  for (const v1::SubnetStatus& subnet : network.subnet_statuses()) {
    if (!subnet.ready()) continue;
    shown.push_back({.name = subnet.id(),
                     .zone = subnet.zone(),
                     .cidr_block = subnet.ipv4_cidr_block(),
                     .existing = !subnet.owned(),
                     .entry = EntryOf(spec, subnet)});
  }
  return shown;
}

std::vector<PlannedSubnet> SubnetsThere(const EvrocClusterSpec& spec,
                                        const v1::ClusterNetwork& network,
                                        bool zones) {
  const auto plan = PlanSubnets(spec, zones);
  if (!plan.ok()) return ShownSubnets(spec, network);
  std::vector<PlannedSubnet> there = *plan;
  std::erase_if(there, [&](const PlannedSubnet& subnet) {
    return !IsThere(network, subnet);
  });
  return there;
}

// Whether no machine would lose a group that is not there.
bool HasGroups(const v1::ClusterNetwork& network) {
  if (network.state() == v1::ClusterNetwork::STATE_READY) return true;
  const CloudConditions reported = ConditionsOf(network.conditions());
  const CloudCondition* const groups =
      FindCondition(reported, "SecurityGroupsReady");
  return groups != nullptr &&
         groups->status == common::v1::Condition::STATUS_TRUE;
}

// What `there` has beside what is known. Groups that the spec names may be what
// is refused of it.
Placement Merged(Placement known, Placement there,
                 const v1::ClusterNetwork& network) {
  for (PlannedSubnet& subnet : there.subnets) {
    const bool is_known = std::any_of(
        known.subnets.begin(), known.subnets.end(),
        [&](const PlannedSubnet& each) { return each.name == subnet.name; });
    if (!is_known) known.subnets.push_back(std::move(subnet));
  }
  std::set<std::string> zones(known.zones.begin(), known.zones.end());
  zones.insert(there.zones.begin(), there.zones.end());
  known.zones.assign(zones.begin(), zones.end());
  known.control_plane_zones = ControlPlaneZones(network, known.zones);
  known.inline_group_ids = std::move(there.inline_group_ids);
  return known;
}

}  // namespace

Placement PlacementOf(const EvrocClusterObject& cluster,
                      const v1::ClusterNetwork& network, bool zones) {
  std::vector<PlannedSubnet> subnets =
      PlanSubnets(cluster.spec, zones).value_or(std::vector<PlannedSubnet>());
  std::erase_if(subnets, [&](const PlannedSubnet& subnet) {
    return subnet.optional && !Exists(network, subnet.name);
  });
  return PlacementIn(std::move(subnets), cluster, network);
}

std::optional<Placement> PlacementBesideRefusal(
    const EvrocClusterObject& cluster, const v1::ClusterNetwork& network,
    bool zones, const Placement* known) {
  const EvrocClusterSpec& spec = cluster.spec;
  Placement there =
      PlacementIn(SubnetsThere(spec, network, zones), cluster, network);
  if (known != nullptr) return Merged(*known, std::move(there), network);
  if (there.subnets.empty() || (zones && there.zones.empty()) ||
      !HasGroups(network)) {
    return std::nullopt;
  }
  // A service that was restarted too does not know them.
  AddNew(spec.common_groups.existing_ids, there.common_groups);
  AddNew(spec.control_plane_groups.existing_ids, there.control_plane_groups);
  AddNew(spec.worker_groups.existing_ids, there.worker_groups);
  return there;
}

std::vector<FailureDomain> DomainsOf(const Placement& placement) {
  const std::vector<std::string>& reached = placement.control_plane_zones;
  std::vector<FailureDomain> domains;
  for (const std::string& zone : placement.zones) {
    domains.push_back(
        {.name = zone,
         .control_plane =
             std::find(reached.begin(), reached.end(), zone) != reached.end()});
  }
  return domains;
}

std::vector<FailureDomain> DomainsWith(std::vector<FailureDomain> domains,
                                       const Placement& placement,
                                       const v1::ClusterNetwork& network) {
  const auto is_there = [&](const std::string& zone) {
    return std::any_of(placement.subnets.begin(), placement.subnets.end(),
                       [&](const PlannedSubnet& subnet) {
                         return subnet.zone == zone && IsThere(network, subnet);
                       });
  };
  for (FailureDomain& domain : DomainsOf(placement)) {
    const auto known = std::find_if(
        domains.begin(), domains.end(),
        [&](const FailureDomain& each) { return each.name == domain.name; });
    if (known != domains.end()) {
      *known = std::move(domain);
    } else if (is_there(domain.name)) {
      domains.push_back(std::move(domain));
    }
  }
  std::sort(domains.begin(), domains.end(),
            [](const FailureDomain& a, const FailureDomain& b) {
              return a.name < b.name;
            });
  return domains;
}

}  // namespace evroc::shim
