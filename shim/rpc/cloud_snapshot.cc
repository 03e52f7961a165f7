#include "shim/rpc/cloud_snapshot.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "google/protobuf/repeated_field.h"

namespace evroc::shim {
namespace {

CloudConditions ConditionsOf(
    const google::protobuf::RepeatedPtrField<common::v1::Condition>& protos) {
  std::vector<CloudCondition> conditions;
  conditions.reserve(protos.size());
  for (const common::v1::Condition& proto : protos) {
    conditions.push_back({.type = proto.type(),
                          .status = proto.status(),
                          .reason = proto.reason(),
                          .message = proto.message()});
  }
  return std::make_shared<const std::vector<CloudCondition>>(
      std::move(conditions));
}

bool Same(const CloudConditions& a, const CloudConditions& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

template <typename Strings>
std::vector<std::string> ToVector(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

auto Tie(const NetworkSnapshot& snapshot) {
  return std::tie(snapshot.state, snapshot.vpc_id, snapshot.subnets,
                  snapshot.failure_domains, snapshot.common_groups,
                  snapshot.control_plane_groups, snapshot.worker_groups,
                  snapshot.additional_groups, snapshot.endpoint_type,
                  snapshot.endpoint_host, snapshot.endpoint_port,
                  snapshot.endpoint_public_ip_id, snapshot.load_balancer_id,
                  snapshot.member_ids);
}

auto Tie(const MachineSnapshot& snapshot) {
  return std::tie(snapshot.state, snapshot.id, snapshot.uid, snapshot.zone,
                  snapshot.private_ipv4_address, snapshot.public_ipv4_address,
                  snapshot.ipv6_address);
}

auto Tie(const PublicIpSnapshot& snapshot) {
  return std::tie(snapshot.state, snapshot.id, snapshot.address,
                  snapshot.used_by_id);
}

void SetEndpoint(const network::v1::ControlPlaneEndpointStatus& endpoint,
                 NetworkSnapshot& snapshot) {
  snapshot.endpoint_type = endpoint.type();
  snapshot.endpoint_host = endpoint.host();
  snapshot.endpoint_port = endpoint.port();
  snapshot.endpoint_public_ip_id = endpoint.public_ip_id();
  snapshot.load_balancer_id = endpoint.load_balancer_id();
  snapshot.member_ids = ToVector(endpoint.member_ids());
}

}  // namespace

const CloudCondition* FindCondition(const CloudConditions& conditions,
                                    absl::string_view type) {
  if (conditions == nullptr) return nullptr;
  const auto found =
      std::find_if(conditions->begin(), conditions->end(),
                   [&](const auto& each) { return each.type == type; });
  return found == conditions->end() ? nullptr : &*found;
}

bool operator==(const NetworkSnapshot& a, const NetworkSnapshot& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

bool operator==(const MachineSnapshot& a, const MachineSnapshot& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

bool operator==(const PublicIpSnapshot& a, const PublicIpSnapshot& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

NetworkSnapshot SnapshotOf(const network::v1::ClusterNetwork& network) {
  NetworkSnapshot snapshot;
  snapshot.state = network.state();
  snapshot.vpc_id = network.vpc_id();
  snapshot.subnets.reserve(network.subnet_statuses_size());
  for (const network::v1::SubnetStatus& subnet : network.subnet_statuses()) {
    snapshot.subnets.push_back({.id = subnet.id(),
                                .zone = subnet.zone(),
                                .ipv4_cidr_block = subnet.ipv4_cidr_block(),
                                .ready = subnet.ready(),
                                .owned = subnet.owned()});
  }
  snapshot.failure_domains.reserve(network.failure_domains_size());
  for (const network::v1::FailureDomain& domain : network.failure_domains()) {
    snapshot.failure_domains.push_back(
        {.name = domain.name(),
         .control_plane = domain.control_plane(),
         .subnet_ids = ToVector(domain.subnet_ids())});
  }
  const network::v1::SecurityGroupIds& groups = network.security_group_ids();
  snapshot.common_groups = ToVector(groups.common());
  snapshot.control_plane_groups = ToVector(groups.control_plane());
  snapshot.worker_groups = ToVector(groups.worker());
  snapshot.additional_groups.insert(groups.additional().begin(),
                                    groups.additional().end());
  SetEndpoint(network.control_plane_endpoint_status(), snapshot);
  snapshot.conditions = ConditionsOf(network.conditions());
  return snapshot;
}

MachineSnapshot SnapshotOf(const compute::v1::VirtualMachine& machine) {
  return {.state = machine.state(),
          .id = machine.id(),
          .uid = machine.uid(),
          .zone = machine.actual_zone(),
          .private_ipv4_address = machine.private_ipv4_address(),
          .public_ipv4_address = machine.public_ipv4_address(),
          .ipv6_address = machine.ipv6_address(),
          .conditions = ConditionsOf(machine.conditions())};
}

PublicIpSnapshot SnapshotOf(const network::v1::PublicIp& address) {
  return {.state = address.state(),
          .id = address.id(),
          .address = address.address(),
          .used_by_id = address.used_by_id(),
          .conditions = ConditionsOf(address.conditions())};
}

}  // namespace evroc::shim
