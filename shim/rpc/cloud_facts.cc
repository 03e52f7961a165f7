#include "shim/rpc/cloud_facts.h"

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

auto Tie(const NetworkFacts& facts) {
  return std::tie(
      facts.state, facts.vpc_id, facts.subnets, facts.failure_domains,
      facts.common_groups, facts.control_plane_groups, facts.worker_groups,
      facts.additional_groups, facts.endpoint_type, facts.endpoint_host,
      facts.endpoint_port, facts.endpoint_public_ip_id, facts.load_balancer_id,
      facts.member_ids);
}

auto Tie(const MachineFacts& facts) {
  return std::tie(facts.state, facts.id, facts.uid, facts.zone,
                  facts.private_ipv4_address, facts.public_ipv4_address,
                  facts.ipv6_address);
}

auto Tie(const PublicIpFacts& facts) {
  return std::tie(facts.state, facts.id, facts.address, facts.used_by_id);
}

void SetEndpoint(const network::v1::ControlPlaneEndpointStatus& endpoint,
                 NetworkFacts& facts) {
  facts.endpoint_type = endpoint.type();
  facts.endpoint_host = endpoint.host();
  facts.endpoint_port = endpoint.port();
  facts.endpoint_public_ip_id = endpoint.public_ip_id();
  facts.load_balancer_id = endpoint.load_balancer_id();
  facts.member_ids = ToVector(endpoint.member_ids());
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

bool operator==(const NetworkFacts& a, const NetworkFacts& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

bool operator==(const MachineFacts& a, const MachineFacts& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

bool operator==(const PublicIpFacts& a, const PublicIpFacts& b) {
  return Tie(a) == Tie(b) && Same(a.conditions, b.conditions);
}

NetworkFacts FactsOf(const network::v1::ClusterNetwork& network) {
  NetworkFacts facts;
  facts.state = network.state();
  facts.vpc_id = network.vpc_id();
  facts.subnets.reserve(network.subnet_statuses_size());
  for (const network::v1::SubnetStatus& subnet : network.subnet_statuses()) {
    facts.subnets.push_back({.id = subnet.id(),
                             .zone = subnet.zone(),
                             .ipv4_cidr_block = subnet.ipv4_cidr_block(),
                             .ready = subnet.ready(),
                             .owned = subnet.owned()});
  }
  facts.failure_domains.reserve(network.failure_domains_size());
  for (const network::v1::FailureDomain& domain : network.failure_domains()) {
    facts.failure_domains.push_back(
        {.name = domain.name(),
         .control_plane = domain.control_plane(),
         .subnet_ids = ToVector(domain.subnet_ids())});
  }
  const network::v1::SecurityGroupIds& groups = network.security_group_ids();
  facts.common_groups = ToVector(groups.common());
  facts.control_plane_groups = ToVector(groups.control_plane());
  facts.worker_groups = ToVector(groups.worker());
  facts.additional_groups.insert(groups.additional().begin(),
                                 groups.additional().end());
  SetEndpoint(network.control_plane_endpoint_status(), facts);
  facts.conditions = ConditionsOf(network.conditions());
  return facts;
}

MachineFacts FactsOf(const compute::v1::VirtualMachine& machine) {
  return {.state = machine.state(),
          .id = machine.id(),
          .uid = machine.uid(),
          .zone = machine.actual_zone(),
          .private_ipv4_address = machine.private_ipv4_address(),
          .public_ipv4_address = machine.public_ipv4_address(),
          .ipv6_address = machine.ipv6_address(),
          .conditions = ConditionsOf(machine.conditions())};
}

PublicIpFacts FactsOf(const network::v1::PublicIp& address) {
  return {.state = address.state(),
          .id = address.id(),
          .address = address.address(),
          .used_by_id = address.used_by_id(),
          .conditions = ConditionsOf(address.conditions())};
}

}  // namespace evroc::shim
