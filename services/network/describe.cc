#include "services/network/describe.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/evroc/codec/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"
#include "services/rpc/common_fields.h"

namespace evroc::network {
namespace {

using cloud::Known;

constexpr char kReady[] = "Ready";

// How one aspect of the network is.
struct Aspect {
  bool holds = true;
  bool hopeless = false;  // it does not become right by itself
  std::string reason = "Available";
  std::string message;
};

Aspect Not(std::string reason, std::string message) {
  return {.holds = false,
          .reason = std::move(reason),
          .message = std::move(message)};
}

Aspect Hopeless(std::string reason, std::string message) {
  Aspect aspect = Not(std::move(reason), std::move(message));
  aspect.hopeless = true;
  return aspect;
}

std::string LabelOf(const cloud::Labels& labels, const char* key) {
  const auto label = labels.find(key);
  return label == labels.end() ? "" : label->second;
}

// An object that is there: is it ready, as far as the cloud says?
template <typename T>
Aspect AspectOf(const Known<T>& known) {
  const std::string& id = known.object.metadata.id.value();
  if (known.deleting) {
    return Not("Deleting", absl::StrCat(id, " is being deleted"));
  }
  const cloud::Condition* ready =
      cloud::FindCondition(known.object.status.conditions, kReady);
  if (ready == nullptr || ready->status == cloud::ConditionStatus::kTrue) {
    return {};
  }
  return Not(ready->reason.empty() ? "NotReady" : ready->reason,
             absl::StrCat(id, " is not ready",
                          ready->message.empty() ? "" : ": ", ready->message));
}

template <typename T>
const Known<T>* FindById(const std::vector<Known<T>>& all, const Id<T>& id) {
  const auto found = std::find_if(
      all.begin(), all.end(),
      [&](const Known<T>& each) { return each.object.metadata.id == id; });
  return found == all.end() ? nullptr : &*found;
}

const Known<cloud::SecurityGroup>* FindRole(const NetworkParts& parts,
                                            absl::string_view role) {
  for (const auto& group : parts.groups) {
    if (LabelOf(group.object.metadata.labels, cloud::kRoleLabel) == role) {
      return &group;
    }
  }
  return nullptr;
}

Aspect VpcAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (parts.vpc.has_value()) return AspectOf(*parts.vpc);
  if (wish != nullptr && wish->vpc.existing) {
    return Hopeless("VPCNotFound", absl::StrCat("VPC ", wish->vpc.id.value(),
                                                " does not exist"));
  }
  return Not("Creating", "the VPC does not exist yet");
}

Aspect SubnetsAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (wish == nullptr && parts.subnets.empty()) {
    return Not("Creating", "there is no subnet yet");
  }
  if (wish != nullptr) {
    for (const SubnetWish& subnet : wish->subnets) {
      if (FindById(parts.subnets, subnet.id) != nullptr) continue;
      const std::string missing =
          absl::StrCat("subnet ", subnet.id.value(), " does not exist");
      if (subnet.existing) return Hopeless("SubnetNotFound", missing);
      return Not("Creating", absl::StrCat(missing, " yet"));
    }
  }
  for (const auto& subnet : parts.subnets) {
    Aspect aspect = AspectOf(subnet);
    if (!aspect.holds) return aspect;
  }
  return {};
}

// A group that is not wished any more stays until no machine has it.
Aspect ReleaseAspect(const NetworkParts& parts,
                     const std::vector<cloud::SecurityGroup>& desired) {
  for (const auto& group : parts.groups) {
    const Id<cloud::SecurityGroup>& id = group.object.metadata.id;
    const bool wished = std::any_of(desired.begin(), desired.end(),
                                    [&](const cloud::SecurityGroup& each) {
                                      return each.metadata.id == id;
                                    });
    if (wished) continue;
    return Not("Releasing",
               absl::StrCat(id.value(),
                            " is not wished any more and goes once no machine "
                            "has it"));
  }
  return {};
}

Aspect GroupsAspect(const NetworkParts& parts, const NetworkWish* wish,
                    const cloud::Capabilities& capabilities) {
  for (const char* role : {kCommonRole, kControlPlaneRole, kWorkerRole}) {
    const Known<cloud::SecurityGroup>* group = FindRole(parts, role);
    if (group == nullptr) {
      return Not("Creating",
                 absl::StrCat("the group for ", role, " does not exist yet"));
    }
    Aspect aspect = AspectOf(*group);
    if (!aspect.holds) return aspect;
  }
  if (wish == nullptr) return {};
  const std::vector<cloud::SecurityGroup> desired =
      DesiredGroups(*wish, capabilities);
  for (const cloud::SecurityGroup& wanted : desired) {
    const auto* group = FindById(parts.groups, wanted.metadata.id);
    if (group == nullptr || group->object.rules != wanted.rules) {
      return Not("Updating", absl::StrCat(wanted.metadata.id.value(),
                                          " is not as wished yet"));
    }
  }
  return ReleaseAspect(parts, desired);
}

// Whether the balancer's parts are there and lead where they should.
Aspect BalancerAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (parts.balancers.empty()) {
    return Not("Creating", "the load balancer does not exist yet");
  }
  if (wish != nullptr) {
    std::vector<cloud::Subnet> subnets;
    for (const auto& subnet : parts.subnets) subnets.push_back(subnet.object);
    const Balancer wanted = DesiredBalancer(*wish, subnets);
    const auto* pool = FindById(parts.pools, wanted.pool.metadata.id);
    const auto* balancer =
        FindById(parts.balancers, wanted.balancer.metadata.id);
    if (pool == nullptr || pool->object.backends != wanted.pool.backends ||
        balancer == nullptr ||
        balancer->object.listeners != wanted.balancer.listeners) {
      return Not("Updating", "the load balancer is not as wished yet");
    }
  }
  for (const auto& balancer : parts.balancers) {
    for (const auto& listener : balancer.object.listeners) {
      for (const Id<cloud::L4Route>& id : listener.routes) {
        const auto* route = FindById(parts.routes, id);
        if (route == nullptr ||
            FindById(parts.services, route->object.default_service) ==
                nullptr) {
          return Not("Repairing",
                     absl::StrCat("port ", listener.port, " leads nowhere"));
        }
      }
    }
    Aspect aspect = AspectOf(balancer);
    if (!aspect.holds) return aspect;
  }
  return {};
}

bool HasBalancer(const NetworkParts& parts, const NetworkWish* wish) {
  if (wish != nullptr) return wish->load_balancer;
  if (!parts.balancers.empty()) return true;
  return parts.address.has_value() &&
         LabelOf(parts.address->object.metadata.labels, cloud::kPartLabel) ==
             kForLoadBalancer;
}

Aspect EndpointAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (!parts.address.has_value()) {
    if (wish != nullptr && !wish->existing_public_ip.empty()) {
      return Hopeless(
          "PublicIPNotFound",
          absl::StrCat("public IP ", wish->existing_public_ip.value(),
                       " does not exist"));
    }
    return Not("Creating", "the public IP does not exist yet");
  }
  if (parts.address->deleting) return AspectOf(*parts.address);
  if (parts.address->object.status.address.empty()) {
    return Not("Allocating", "the public IP has no address yet");
  }
  return HasBalancer(parts, wish) ? BalancerAspect(parts, wish) : Aspect();
}

// --- The resource.

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
  const NetworkWish* const wish = history.wish;
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
    sum = Not("Deleting", absl::StrCat("still there: ", own.ToString()));
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
    status->set_ready(AspectOf(*subnet).holds);
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
  const NetworkWish* const wish = history.wish;
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
