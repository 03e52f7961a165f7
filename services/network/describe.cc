#include "services/network/describe.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/names/official_names.h"
#include "google/protobuf/map.h"
#include "services/evroc/api/kinds.h"
#include "services/fields/common_fields.h"
#include "services/fields/condition_state.h"
#include "services/identity/owner_labels.h"
#include "services/network/condition_states.h"
#include "services/network/desired.h"
#include "services/network/serving.h"

namespace evroc::network {
namespace {

using cloud::Known;

constexpr char kReady[] = "Ready";
constexpr char kServing[] = "Serving";

// Describes the cluster's own existing objects in words, and whether any of
// them is being deleted.
class OwnObjects {
 public:
  OwnObjects(const NetworkResources& resources, const std::string& cluster_id)
      : cluster_id_(cluster_id) {
    AddAll(resources.balancers);
    AddAll(resources.routes);
    AddAll(resources.services);
    AddAll(resources.pools);
    if (resources.address.has_value()) Add(*resources.address);
    AddAll(resources.groups);
    AddAll(resources.subnets);
    if (resources.vpc.has_value()) Add(*resources.vpc);
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
    names_.push_back(cloud::DescribeId(known.object.metadata.id));
  }

  const std::string& cluster_id_;
  bool any_deleting_ = false;
  std::vector<std::string> names_;
};

void SetConditions(const NetworkResources& resources,
                   const std::string& cluster_id, const NetworkHistory& history,
                   const cloud::Capabilities& capabilities,
                   v1::ClusterNetwork& network) {
  const NetworkSpec* const spec = history.spec_or_null();
  const std::pair<const char*, ConditionState> condition_states[] = {
      {"VPCReady", VpcState(resources, spec)},
      {"SubnetsReady", SubnetsState(resources, spec)},
      {"SecurityGroupsReady",
       history.blocked_groups.empty()
           ? GroupsState(resources, spec, capabilities)
           : ConditionState{.holds = false,
                            .reason = "Blocked",
                            .message = history.blocked_groups}},
      {"ControlPlaneEndpointReady", EndpointState(resources, spec)}};
  ConditionState sum;
  sum.reason = kReady;
  bool hopeless = false;
  for (const auto& [type, state] : condition_states) {
    *network.add_conditions() = cloud::MakeCondition(type, state);
    if (!cloud::IsUsable(state)) cloud::Add(state, sum);
    hopeless = hopeless || state.hopeless;
  }
  network.set_state(sum.holds ? v1::ClusterNetwork::STATE_READY
                              : v1::ClusterNetwork::STATE_PROVISIONING);
  if (hopeless) network.set_state(v1::ClusterNetwork::STATE_FAILED);
  const OwnObjects own(resources, cluster_id);
  if (history.deleting || own.any_deleting()) {
    network.set_state(v1::ClusterNetwork::STATE_DELETING);
    sum = {.holds = false,
           .reason = "Deleting",
           .message = absl::StrCat("still there: ", own.ToString())};
  }
  *network.add_conditions() = cloud::MakeCondition(kReady, sum);
  ConditionState serving = ServingState(resources, spec);
  if (serving.holds) serving = {.reason = kServing};
  *network.add_conditions() = cloud::MakeCondition(kServing, serving);
}

void SetSubnets(const NetworkResources& resources,
                const std::string& cluster_id, const NetworkSpec* spec,
                v1::ClusterNetwork& network) {
  const auto describe = [&](const Id<cloud::Subnet>& id) {
    v1::SubnetStatus* status = network.add_subnet_statuses();
    status->set_id(id.value());
    const auto* subnet = FindById(resources.subnets, id);
    if (subnet == nullptr) return;
    status->set_zone(subnet->object.zone);
    status->set_ipv4_cidr_block(subnet->object.ipv4_cidr_block);
    status->set_ready(IsReady(*subnet));
    status->set_owned(
        cloud::BelongsToCluster(subnet->object.metadata.labels, cluster_id));
  };
  if (spec != nullptr) {
    for (const NetworkSpec::Subnet& subnet : spec->subnets) {
      const bool there = FindById(resources.subnets, subnet.id) != nullptr;
      if (there || !subnet.optional) describe(subnet.id);
    }
    return;
  }
  for (const auto& subnet : resources.subnets) {
    describe(subnet.object.metadata.id);
    v1::Subnet* observed = network.add_subnets();
    observed->set_name(subnet.object.metadata.id.value());
    observed->set_zone(subnet.object.zone);
    observed->set_ipv4_cidr_block(subnet.object.ipv4_cidr_block);
  }
}

// Whether the existing load balancer, which keeps its backend network, reaches
// machines of the zone.
bool IsReached(const std::string& zone, const NetworkResources& resources) {
  for (const auto& balancer : resources.balancers) {
    const auto& network = balancer.object.backend_network;
    if (balancer.deleting || !network.has_value()) continue;
    return std::any_of(network->subnets.begin(), network->subnets.end(),
                       [&](const auto& each) { return each.zone == zone; });
  }
  return true;
}

void SetFailureDomains(const NetworkResources& resources,
                       const cloud::Capabilities& capabilities,
                       v1::ClusterNetwork& network) {
  if (!capabilities.zones) return;
  std::map<std::string, std::vector<std::string>> zones;
  for (const auto& subnet : resources.subnets) {
    if (subnet.object.zone.empty() || subnet.deleting) continue;
    zones[subnet.object.zone].push_back(subnet.object.metadata.id.value());
  }
  for (const auto& [zone, subnets] : zones) {
    v1::FailureDomain* domain = network.add_failure_domains();
    domain->set_name(zone);
    domain->set_control_plane(IsReached(zone, resources));
    for (const std::string& id : subnets) domain->add_subnet_ids(id);
  }
}

// Collects the ids of additional groups: requested ones by their names, others
// by their parts.
class AdditionalGroups {
 public:
  using Ids = google::protobuf::Map<std::string, std::string>;

  AdditionalGroups(const NetworkSpec* spec, Ids& ids) : ids_(ids) {
    if (spec == nullptr) return;
    for (const GroupSpec& group : spec->additional) {
      names_[AdditionalGroupId(spec->owner, group)] = group.name;
    }
  }

  void Add(const cloud::SecurityGroup& group) {
    const Id<cloud::SecurityGroup>& id = group.metadata.id;
    const cloud::Labels& labels = group.metadata.labels;
    if (const auto name = names_.find(id); name != names_.end()) {
      ids_[name->second] = id.value();
    } else if (cloud::LabelOf(labels, cloud::kRoleLabel) == kAdditionalRole) {
      ids_.insert({cloud::LabelOf(labels, cloud::kPartLabel), id.value()});
    }
  }

 private:
  std::map<Id<cloud::SecurityGroup>, std::string> names_;
  Ids& ids_;
};

void SetGroups(const NetworkResources& resources, const NetworkHistory& history,
               const cloud::Capabilities& capabilities,
               v1::ClusterNetwork& network) {
  const NetworkSpec* const spec = history.spec_or_null();
  // Machines stay in a group that is not the cluster's any more.
  std::vector<cloud::SecurityGroup> kept;
  if (spec != nullptr && !history.blocked_groups.empty()) {
    kept = DesiredGroups(*spec, capabilities);
  }
  v1::SecurityGroupIds& ids = *network.mutable_security_group_ids();
  const bool built_in = spec == nullptr || !spec->without_built_in;
  const auto add = [&](const char* role, const GroupSpec* extra, auto* out) {
    const auto* group = FindRole(resources, role);
    if (group != nullptr && built_in) {
      *out->Add() = group->object.metadata.id.value();
    } else {
      for (const cloud::SecurityGroup& each : kept) {
        if (cloud::LabelOf(each.metadata.labels, cloud::kRoleLabel) == role) {
          *out->Add() = each.metadata.id.value();
        }
      }
    }
    if (extra == nullptr) return;
    for (const std::string& id : extra->existing_ids) *out->Add() = id;
  };
  const bool has = spec != nullptr;
  add(kCommonRole, has ? &spec->common : nullptr, ids.mutable_common());
  add(kControlPlaneRole, has ? &spec->control_plane : nullptr,
      ids.mutable_control_plane());
  add(kWorkerRole, has ? &spec->worker : nullptr, ids.mutable_worker());
  AdditionalGroups additional(spec, *ids.mutable_additional());
  for (const auto& group : resources.groups) additional.Add(group.object);
  for (const cloud::SecurityGroup& group : kept) additional.Add(group);
}

int EndpointPortOf(const NetworkResources& resources, const NetworkSpec* spec) {
  if (spec != nullptr) return spec->ports[0].port;
  for (const auto& balancer : resources.balancers) {
    const auto& listeners = balancer.object.listeners;
    if (listeners.empty()) continue;
    const auto api = std::find_if(
        listeners.begin(), listeners.end(),
        [](const auto& listener) { return listener.name == kApiPortName; });
    return api == listeners.end() ? listeners[0].port : api->port;
  }
  return 0;
}

void SetEndpoint(const NetworkResources& resources, const NetworkSpec* spec,
                 v1::ClusterNetwork& network) {
  v1::ControlPlaneEndpointStatus& status =
      *network.mutable_control_plane_endpoint_status();
  status.set_type(HasBalancer(resources, spec)
                      ? v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER
                      : v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  if (resources.address.has_value()) {
    status.set_public_ip_id(resources.address->object.metadata.id.value());
    status.set_host(resources.address->object.status.address);
  }
  status.set_port(EndpointPortOf(resources, spec));
  if (!resources.balancers.empty()) {
    status.set_load_balancer_id(
        resources.balancers[0].object.metadata.id.value());
  }
  std::set<std::string> backends;
  for (const auto& pool : resources.pools) {
    for (const auto& id : pool.object.backends) backends.insert(id.value());
  }
  for (const std::string& id : backends) status.add_member_ids(id);
}

template <typename T>
void AddObject(const Known<T>& known, v1::ClusterNetwork& network) {
  common::v1::KnownObject& object = *network.add_objects();
  object.set_kind(std::string(cloud::kKindInfo<T>.kind));
  object.set_id(known.object.metadata.id.value());
  object.set_uid(known.object.metadata.uid);
}

void SetObjects(const NetworkResources& resources,
                v1::ClusterNetwork& network) {
  if (resources.vpc.has_value()) AddObject(*resources.vpc, network);
  if (resources.address.has_value()) AddObject(*resources.address, network);
  for (const auto& balancer : resources.balancers) {
    AddObject(balancer, network);
  }
}

// The owner, by the labels of any existing resource.
cloud::Owner OwnerOfParts(const NetworkResources& resources,
                          const std::string& cluster_id) {
  cloud::Owner owner{.cluster_id = cluster_id};
  const auto take = [&](const cloud::Labels& labels) {
    const std::optional<cloud::Owner> observed = cloud::OwnerOf(labels);
    if (observed.has_value() && observed->cluster_id == cluster_id) {
      owner.cluster_name = observed->cluster_name;
    }
  };
  if (resources.vpc.has_value()) take(resources.vpc->object.metadata.labels);
  if (resources.address.has_value()) {
    take(resources.address->object.metadata.labels);
  }
  for (const auto& group : resources.groups) take(group.object.metadata.labels);
  for (const auto& each : resources.balancers) {
    take(each.object.metadata.labels);
  }
  return owner;
}

}  // namespace

v1::ClusterNetwork DescribeNetwork(const NetworkResources& resources,
                                   const std::string& cluster_id,
                                   const NetworkHistory& history,
                                   const cloud::Capabilities& capabilities) {
  const NetworkSpec* const spec = history.spec_or_null();
  v1::ClusterNetwork network;
  if (spec != nullptr) {
    network = spec->request;
  } else {
    *network.mutable_owner() =
        cloud::ToProto(OwnerOfParts(resources, cluster_id));
    if (resources.vpc.has_value()) {
      network.mutable_vpc()->set_name(
          resources.vpc->object.metadata.id.value());
    }
  }
  if (resources.vpc.has_value()) {
    network.set_vpc_id(resources.vpc->object.metadata.id.value());
  }
  SetConditions(resources, cluster_id, history, capabilities, network);
  SetSubnets(resources, cluster_id, spec, network);
  SetFailureDomains(resources, capabilities, network);
  SetGroups(resources, history, capabilities, network);
  SetEndpoint(resources, spec, network);
  SetObjects(resources, network);
  network.set_etag(cloud::EtagOf(network));
  return network;
}

v1::PublicIp DescribeAddress(const Known<cloud::PublicIp>& known) {
  const cloud::PublicIp& address = known.object;
  v1::PublicIp proto;
  const std::optional<cloud::Owner> owner =
      cloud::OwnerOf(address.metadata.labels);
  if (owner.has_value()) *proto.mutable_owner() = cloud::ToProto(*owner);
  for (const auto& [key, value] : cloud::UserLabels(address.metadata.labels)) {
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
  ConditionState state = {.reason = kReady};
  if (known.deleting) {
    state = {.holds = false, .reason = "Deleting"};
  } else if (!ready) {
    state = {.holds = false,
             .reason = "Allocating",
             .message = "it has no address yet"};
  }
  *proto.add_conditions() = cloud::MakeCondition(kReady, state);
  proto.set_etag(cloud::EtagOf(proto));
  return proto;
}

}  // namespace evroc::network
