#include "services/network/describe.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/evroc/api/kinds.h"
#include "services/fields/common_fields.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"
#include "services/network/network_aspects.h"

namespace evroc::network {
namespace {

using cloud::Known;

constexpr char kReady[] = "Ready";

// What there is of the cluster's own, in words; and whether any of it is on its
// way out.
class OwnObjects {
 public:
  OwnObjects(const NetworkParts& parts, const std::string& cluster_id)
      : cluster_id_(cluster_id) {
    AddAll(parts.balancers);
    AddAll(parts.routes);
    AddAll(parts.services);
    AddAll(parts.pools);
    if (parts.address.has_value()) Add(*parts.address);
    AddAll(parts.groups);
    AddAll(parts.subnets);
    if (parts.vpc.has_value()) Add(*parts.vpc);
  }

  bool any_deleting() const { return any_deleting_; }
  std::string ToString() const { return absl::StrJoin(names_, ", "); }

 private:
  template <typename T>
  void AddAll(const std::vector<Known<T>>& all) {
    for (const Known<T>& each : all) Add(each);
  }
  template <typename T>
  void Add(const Known<T>& known) {
    if (!cloud::BelongsTo(known.object.metadata.labels, {cluster_id_, ""})) {
      return;
    }
    any_deleting_ = any_deleting_ || known.deleting;
    names_.push_back(absl::StrCat(cloud::kKindInfo<T>.kind, " ",
                                  known.object.metadata.id.value()));
  }

  const std::string& cluster_id_;
  bool any_deleting_ = false;
  std::vector<std::string> names_;
};

void SetConditions(const NetworkParts& parts, const std::string& cluster_id,
                   const NetworkHistory& history,
                   const cloud::Capabilities& capabilities,
                   v1::ClusterNetwork& network) {
  const NetworkWish* const wish = history.wish_or_null();
  const std::pair<const char*, Aspect> aspects[] = {
      {"VPCReady", VpcAspect(parts, wish)},
      {"SubnetsReady", SubnetsAspect(parts, wish)},
      {"SecurityGroupsReady", GroupsAspect(parts, wish, capabilities)},
      {"ControlPlaneEndpointReady", EndpointAspect(parts, wish)}};
  Aspect sum;
  sum.reason = kReady;
  bool hopeless = false;
  for (const auto& [type, aspect] : aspects) {
    *network.add_conditions() =
        cloud::MakeCondition(type, aspect.holds, aspect.reason, aspect.message);
    if (!aspect.holds && sum.holds) sum = aspect;
    hopeless = hopeless || aspect.hopeless;
  }
  network.set_state(sum.holds ? v1::ClusterNetwork::STATE_READY
                              : v1::ClusterNetwork::STATE_PROVISIONING);
  if (hopeless) network.set_state(v1::ClusterNetwork::STATE_FAILED);
  const OwnObjects own(parts, cluster_id);
  if (history.deleting || own.any_deleting()) {
    network.set_state(v1::ClusterNetwork::STATE_DELETING);
    sum = {.holds = false,
           .reason = "Deleting",
           .message = absl::StrCat("still there: ", own.ToString())};
  }
  *network.add_conditions() =
      cloud::MakeCondition(kReady, sum.holds, sum.reason, sum.message);
}

void SetSubnets(const NetworkParts& parts, const std::string& cluster_id,
                const NetworkWish* wish, v1::ClusterNetwork& network) {
  const auto describe = [&](const Id<cloud::Subnet>& id) {
    v1::SubnetStatus* status = network.add_subnet_statuses();
    status->set_id(id.value());
    const auto* subnet = FindById(parts.subnets, id);
    if (subnet == nullptr) return;
    status->set_zone(subnet->object.zone);
    status->set_ipv4_cidr_block(subnet->object.ipv4_cidr_block);
    status->set_ready(IsReady(*subnet));
    status->set_owned(
        cloud::BelongsToCluster(subnet->object.metadata.labels, cluster_id));
  };
  if (wish != nullptr) {
    for (const SubnetWish& subnet : wish->subnets) describe(subnet.id);
    return;
  }
  for (const auto& subnet : parts.subnets) {
    describe(subnet.object.metadata.id);
    v1::Subnet* said = network.add_subnets();
    said->set_name(subnet.object.metadata.id.value());
    said->set_zone(subnet.object.zone);
    said->set_ipv4_cidr_block(subnet.object.ipv4_cidr_block);
  }
}

void SetFailureDomains(const NetworkParts& parts,
                       const cloud::Capabilities& capabilities,
                       v1::ClusterNetwork& network) {
  if (!capabilities.zones) return;
  std::map<std::string, std::vector<std::string>> zones;
  for (const auto& subnet : parts.subnets) {
    if (subnet.object.zone.empty() || subnet.deleting) continue;
    zones[subnet.object.zone].push_back(subnet.object.metadata.id.value());
  }
  for (const auto& [zone, subnets] : zones) {
    v1::FailureDomain* domain = network.add_failure_domains();
    domain->set_name(zone);
    domain->set_control_plane(true);
    for (const std::string& id : subnets) domain->add_subnet_ids(id);
  }
}

void SetGroups(const NetworkParts& parts, const NetworkWish* wish,
               v1::ClusterNetwork& network) {
  v1::SecurityGroupIds& ids = *network.mutable_security_group_ids();
  const auto add = [&](const char* role, const GroupWish* extra, auto* out) {
    if (const auto* group = FindRole(parts, role)) {
      *out->Add() = group->object.metadata.id.value();
    }
    if (extra == nullptr) return;
    for (const std::string& id : extra->existing_ids) *out->Add() = id;
  };
  const bool has = wish != nullptr;
  add(kCommonRole, has ? &wish->common : nullptr, ids.mutable_common());
  add(kControlPlaneRole, has ? &wish->control_plane : nullptr,
      ids.mutable_control_plane());
  add(kWorkerRole, has ? &wish->worker : nullptr, ids.mutable_worker());
  for (const auto& group : parts.groups) {
    const cloud::Labels& labels = group.object.metadata.labels;
    if (LabelOf(labels, cloud::kRoleLabel) != kAdditionalRole) continue;
    (*ids.mutable_additional())[LabelOf(labels, cloud::kPartLabel)] =
        group.object.metadata.id.value();
  }
}

int EndpointPortOf(const NetworkParts& parts, const NetworkWish* wish) {
  if (wish != nullptr) return wish->ports[0].port;
  for (const auto& balancer : parts.balancers) {
    if (!balancer.object.listeners.empty()) {
      return balancer.object.listeners[0].port;
    }
  }
  return 0;
}

void SetEndpoint(const NetworkParts& parts, const NetworkWish* wish,
                 v1::ClusterNetwork& network) {
  v1::ControlPlaneEndpointStatus& status =
      *network.mutable_control_plane_endpoint_status();
  status.set_type(HasBalancer(parts, wish)
                      ? v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER
                      : v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  if (parts.address.has_value()) {
    status.set_public_ip_id(parts.address->object.metadata.id.value());
    status.set_host(parts.address->object.status.address);
  }
  status.set_port(EndpointPortOf(parts, wish));
  if (!parts.balancers.empty()) {
    status.set_load_balancer_id(parts.balancers[0].object.metadata.id.value());
  }
  std::set<std::string> members;
  for (const auto& pool : parts.pools) {
    for (const auto& id : pool.object.backends) members.insert(id.value());
  }
  for (const std::string& id : members) status.add_member_ids(id);
}

// Whose it is, by the labels of whatever there is.
cloud::Owner OwnerOfParts(const NetworkParts& parts,
                          const std::string& cluster_id) {
  cloud::Owner owner{.cluster_id = cluster_id};
  const auto take = [&](const cloud::Labels& labels) {
    const std::optional<cloud::Owner> said = cloud::OwnerOf(labels);
    if (said.has_value() && said->cluster_id == cluster_id) {
      owner.cluster_name = said->cluster_name;
    }
  };
  if (parts.vpc.has_value()) take(parts.vpc->object.metadata.labels);
  if (parts.address.has_value()) take(parts.address->object.metadata.labels);
  for (const auto& group : parts.groups) take(group.object.metadata.labels);
  for (const auto& each : parts.balancers) take(each.object.metadata.labels);
  return owner;
}

}  // namespace

v1::ClusterNetwork DescribeNetwork(const NetworkParts& parts,
                                   const std::string& cluster_id,
                                   const NetworkHistory& history,
                                   const cloud::Capabilities& capabilities) {
  const NetworkWish* const wish = history.wish_or_null();
  v1::ClusterNetwork network;
  if (wish != nullptr) {
    network = wish->said;
  } else {
    *network.mutable_owner() = cloud::ToProto(OwnerOfParts(parts, cluster_id));
    if (parts.vpc.has_value()) {
      network.mutable_vpc()->set_name(parts.vpc->object.metadata.id.value());
    }
  }
  if (parts.vpc.has_value()) {
    network.set_vpc_id(parts.vpc->object.metadata.id.value());
  }
  SetConditions(parts, cluster_id, history, capabilities, network);
  SetSubnets(parts, cluster_id, wish, network);
  SetFailureDomains(parts, capabilities, network);
  SetGroups(parts, wish, network);
  SetEndpoint(parts, wish, network);
  network.set_etag(cloud::EtagOf(network));
  return network;
}

v1::PublicIp DescribeAddress(const Known<cloud::PublicIp>& known) {
  const cloud::PublicIp& address = known.object;
  v1::PublicIp proto;
  const std::optional<cloud::Owner> owner =
      cloud::OwnerOf(address.metadata.labels);
  if (owner.has_value()) *proto.mutable_owner() = cloud::ToProto(*owner);
  for (const auto& [key, value] : cloud::WithoutOurs(address.metadata.labels)) {
    (*proto.mutable_labels())[key] = value;
  }
  proto.set_id(address.metadata.id.value());
  proto.set_address(address.status.address);
  const std::string& user = address.status.used_by;
  proto.set_used_by_id(user.substr(user.rfind('/') + 1));
  const bool ready = !address.status.address.empty() && !known.deleting;
  if (known.deleting) {
    proto.set_state(v1::PublicIp::STATE_DELETING);
  } else {
    proto.set_state(ready ? v1::PublicIp::STATE_READY
                          : v1::PublicIp::STATE_PROVISIONING);
  }
  *proto.add_conditions() =
      known.deleting
          ? cloud::MakeCondition(kReady, false, "Deleting", "")
          : cloud::MakeCondition(kReady, ready, ready ? "Ready" : "Allocating",
                                 ready ? "" : "it has no address yet");
  proto.set_etag(cloud::EtagOf(proto));
  return proto;
}

}  // namespace evroc::network
