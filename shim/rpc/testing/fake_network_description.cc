#include "shim/rpc/testing/fake_network_description.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "shim/rpc/testing/fake_values.h"

namespace evroc::shim {
namespace {

using network::v1::ClusterNetwork;
using network::v1::ControlPlaneEndpoint;
using network::v1::RoleSecurityGroup;

constexpr const char* kConditions[] = {"VPCReady", "SubnetsReady",
                                       "SecurityGroupsReady",
                                       "ControlPlaneEndpointReady"};

ControlPlaneEndpoint::Type TypeOf(const ClusterNetwork& desired, bool rest) {
  const auto type = desired.control_plane_endpoint().type();
  if (type != ControlPlaneEndpoint::TYPE_UNSPECIFIED) return type;
  return rest ? ControlPlaneEndpoint::TYPE_LOAD_BALANCER
              : ControlPlaneEndpoint::TYPE_PUBLIC_IP;
}

void SetSubnets(bool rest, ClusterNetwork& network) {
  network.clear_subnet_statuses();
  // Of before: the load balancer reaches no other zones.
  std::map<std::string, bool> reached;
  for (const network::v1::FailureDomain& domain : network.failure_domains()) {
    reached[domain.name()] = domain.control_plane();
  }
  network.clear_failure_domains();
  std::map<std::string, std::vector<std::string>> zones;
  for (const auto& subnet : network.subnets()) {
    network::v1::SubnetStatus& status = *network.add_subnet_statuses();
    // The cloud knows the zone of an existing subnet; the fake uses zone a.
    const std::string zone = subnet.zone().empty() ? "a" : subnet.zone();
    status.set_id(subnet.name());
    status.set_zone(zone);
    status.set_ipv4_cidr_block(subnet.ipv4_cidr_block());
    // What has failed is something else.
    status.set_ready(network.state() == ClusterNetwork::STATE_READY ||
                     network.state() == ClusterNetwork::STATE_FAILED);
    status.set_owned(!subnet.existing());
    zones[zone].push_back(subnet.name());
  }
  if (!rest) return;
  for (const auto& [zone, subnets] : zones) {
    network::v1::FailureDomain& domain = *network.add_failure_domains();
    domain.set_name(zone);
    domain.set_control_plane(reached.empty() || reached[zone]);
    for (const std::string& id : subnets) domain.add_subnet_ids(id);
  }
}

void SetGroups(ClusterNetwork& network) {
  const std::string& cluster = network.owner().cluster_name();
  const auto add = [&](const char* role, const RoleSecurityGroup& desired,
                       auto* ids) {
    if (!network.security_groups().without_built_in()) {
      *ids->Add() = FakeId(absl::StrCat(cluster, "-", role),
                           network.owner().cluster_id());
    }
    for (const std::string& id : desired.existing_ids()) *ids->Add() = id;
  };
  network.clear_security_group_ids();
  auto& ids = *network.mutable_security_group_ids();
  const auto& groups = network.security_groups();
  add("common", groups.common(), ids.mutable_common());
  add("control-plane", groups.control_plane(), ids.mutable_control_plane());
  add("worker", groups.worker(), ids.mutable_worker());
  for (const auto& group : groups.additional()) {
    (*ids.mutable_additional())[group.name()] =
        group.id().empty() ? FakeId(absl::StrCat(cluster, "-", group.name()),
                                    network.owner().cluster_id())
                           : group.id();
  }
}

// Whether a test has set the reason Releasing, which stays until READY.
bool ReleasesAGroup(const ClusterNetwork& network) {
  return network.state() == ClusterNetwork::STATE_PROVISIONING &&
         std::any_of(network.conditions().begin(), network.conditions().end(),
                     [](const common::v1::Condition& condition) {
                       return condition.reason() == "Releasing";
                     });
}

// That a test has ended the service of the endpoint.
std::optional<common::v1::Condition> OutageOf(const ClusterNetwork& network) {
  for (const common::v1::Condition& condition : network.conditions()) {
    if (condition.type() == "Serving" && condition.reason() != "Creating" &&
        condition.status() == common::v1::Condition::STATUS_FALSE) {
      return condition;
    }
  }
  return std::nullopt;
}

// The endpoint is served once it has an address, unless a test says otherwise.
void SetServing(ClusterNetwork& network) {
  auto& conditions = *network.mutable_conditions();
  if (std::any_of(conditions.begin(), conditions.end(),
                  [](const auto& each) { return each.type() == "Serving"; })) {
    return;
  }
  const bool serves = !network.control_plane_endpoint_status().host().empty();
  AddFakeCondition("Serving", serves, serves ? "Serving" : "Creating",
                   serves ? "" : "it is not there yet", conditions);
}

void SetConditions(ClusterNetwork& network) {
  if (network.state() == ClusterNetwork::STATE_FAILED) {
    return SetServing(network);
  }
  if (ReleasesAGroup(network)) return;
  const std::optional<common::v1::Condition> outage = OutageOf(network);
  network.clear_conditions();
  auto& conditions = *network.mutable_conditions();
  const bool ready = network.state() == ClusterNetwork::STATE_READY;
  const bool deleting = network.state() == ClusterNetwork::STATE_DELETING;
  const char* const reason = deleting ? "Deleting" : "Creating";
  for (const char* condition : kConditions) {
    AddFakeCondition(condition, ready, ready ? "Available" : reason,
                     ready ? "" : "it is not there yet", conditions);
  }
  AddFakeCondition("Ready", ready, ready ? "Ready" : reason,
                   ready ? "" : "it is not there yet", conditions);
  if (outage.has_value()) conditions.Add()->CopyFrom(*outage);
  SetServing(network);
}

std::string Subnet(int index) {
  return absl::StrCat("cluster_network.subnets[", index, "]");
}

std::string Endpoint(const std::string& field) {
  return "cluster_network.control_plane_endpoint." + field;
}

bool IsIpv6Only(const network::v1::Subnet& subnet,
                const network::v1::Vpc& vpc) {
  const common::v1::StackType own = subnet.stack_type();
  return (own == common::v1::STACK_TYPE_UNSPECIFIED ? vpc.stack_type() : own) ==
         common::v1::STACK_TYPE_IPV6_ONLY;
}

void CheckSubnet(const network::v1::Subnet& subnet, const network::v1::Vpc& vpc,
                 bool rest, const std::string& field, Violations& violations) {
  violations.Check(!subnet.name().empty(), field + ".name", "is required");
  if (subnet.existing()) return;
  violations.Check(!rest || !subnet.zone().empty(), field + ".zone",
                   "is required");
  violations.Check(subnet.ipv4_cidr_block().empty() == IsIpv6Only(subnet, vpc),
                   field + ".ipv4_cidr_block",
                   "is required, but not for IPv6 only");
}

absl::Status CheckWithoutRest(const ClusterNetwork& desired, bool balanced) {
  if (balanced) {
    return UnsupportedField(Endpoint("type"), "load balancers");
  }
  for (int i = 0; i < desired.subnets_size(); ++i) {
    if (desired.subnets(i).zone().empty()) continue;
    return UnsupportedField(Subnet(i) + ".zone", "zones");
  }
  return absl::OkStatus();
}

absl::Status CheckVpcChange(const ClusterNetwork& is,
                            const ClusterNetwork& desired) {
  const auto& before = is.vpc().ipv4_cidr_blocks();
  const auto& after = desired.vpc().ipv4_cidr_blocks();
  const bool same =
      std::equal(before.begin(), before.end(), after.begin(), after.end());
  if (desired.vpc().existing() || before.empty() || after.empty() || same) {
    return absl::OkStatus();
  }
  return ImmutableField("cluster_network.vpc.ipv4_cidr_blocks",
                        "can't be changed once the VPC exists");
}

absl::Status CheckSubnetChanges(const ClusterNetwork& is,
                                const ClusterNetwork& desired) {
  for (int i = 0; i < desired.subnets_size(); ++i) {
    const network::v1::Subnet& after = desired.subnets(i);
    for (const network::v1::Subnet& before : is.subnets()) {
      if (before.name() != after.name() || after.existing()) continue;
      if (before.ipv4_cidr_block() != after.ipv4_cidr_block()) {
        return ImmutableField(Subnet(i) + ".ipv4_cidr_block",
                              "can't be changed");
      }
      if (before.zone() != after.zone()) {
        return ImmutableField(Subnet(i) + ".zone", "can't be changed");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEndpointChange(const ClusterNetwork& is,
                                 const ClusterNetwork& desired) {
  constexpr absl::string_view kFixed =
      "can't be changed once the endpoint exists";
  const auto type = is.control_plane_endpoint_status().type();
  if (TypeOf(desired, /*rest=*/true) != type) {
    return ImmutableField(Endpoint("type"), kFixed);
  }
  if (type == ControlPlaneEndpoint::TYPE_LOAD_BALANCER &&
      is.control_plane_endpoint().existing_public_ip_id() !=
          desired.control_plane_endpoint().existing_public_ip_id()) {
    return ImmutableField(Endpoint("existing_public_ip_id"), kFixed);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDesiredFakeNetwork(const ClusterNetwork& desired, bool rest) {
  Violations violations;
  CheckFakeOwner(desired.owner(), false, "cluster_network.owner", violations);
  violations.Check(!desired.vpc().name().empty(), "cluster_network.vpc.name",
                   "is required");
  violations.Check(!desired.subnets().empty(), "cluster_network.subnets",
                   "at least one is required");
  for (int i = 0; i < desired.subnets_size(); ++i) {
    CheckSubnet(desired.subnets(i), desired.vpc(), rest, Subnet(i), violations);
  }
  const ControlPlaneEndpoint& endpoint = desired.control_plane_endpoint();
  const bool balanced =
      TypeOf(desired, rest) == ControlPlaneEndpoint::TYPE_LOAD_BALANCER;
  for (int i = 0; i < endpoint.api_allowed_cidrs_size(); ++i) {
    violations.Check(!balanced,
                     Endpoint(absl::StrCat("api_allowed_cidrs[", i, "]")),
                     "can't hold behind a load balancer");
  }
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  return rest ? absl::OkStatus() : CheckWithoutRest(desired, balanced);
}

absl::Status CheckFakeNetworkChange(const ClusterNetwork& is,
                                    const ClusterNetwork& desired, bool rest) {
  if (!rest) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(
      WithMetadata(CheckVpcChange(is, desired), "condition", "VPCReady"));
  EVROC_RETURN_IF_ERROR(WithMetadata(CheckSubnetChanges(is, desired),
                                     "condition", "SubnetsReady"));
  return WithMetadata(CheckEndpointChange(is, desired), "condition",
                      "ControlPlaneEndpointReady");
}

void CopyDesiredFakeNetwork(const ClusterNetwork& desired, bool rest,
                            ClusterNetwork& network) {
  auto endpoint = network.control_plane_endpoint_status();
  const auto conditions = network.conditions();
  const auto state = network.state();
  const auto domains = network.failure_domains();
  network = desired;
  *network.mutable_failure_domains() = domains;
  network.set_state(state == ClusterNetwork::STATE_UNSPECIFIED
                        ? ClusterNetwork::STATE_PROVISIONING
                        : state);
  *network.mutable_conditions() = conditions;
  const std::string& cluster = desired.owner().cluster_name();
  const std::string& cluster_id = desired.owner().cluster_id();
  const ControlPlaneEndpoint& wanted = desired.control_plane_endpoint();
  endpoint.set_type(TypeOf(desired, rest));
  endpoint.set_port(wanted.ports().empty() ? 6443 : wanted.ports(0).port());
  const std::string& prefix = desired.owner().resource_prefix();
  endpoint.set_public_ip_id(
      !wanted.existing_public_ip_id().empty() ? wanted.existing_public_ip_id()
      : prefix.empty() ? FakeId(cluster, "ip " + cluster_id)
                       : prefix + "-cp-lb-ip");
  endpoint.clear_member_ids();
  if (endpoint.type() == ControlPlaneEndpoint::TYPE_LOAD_BALANCER) {
    endpoint.set_load_balancer_id(prefix.empty()
                                      ? FakeId(cluster, "lb " + cluster_id)
                                      : prefix + "-cp-lb");
  }
  *network.mutable_control_plane_endpoint_status() = std::move(endpoint);
  SetFakeMembers(desired, network);
  network.set_vpc_id(desired.vpc().name());
}

void SetFakeMembers(const ClusterNetwork& desired, ClusterNetwork& network) {
  const ControlPlaneEndpoint& wanted = desired.control_plane_endpoint();
  auto& endpoint = *network.mutable_control_plane_endpoint_status();
  if (endpoint.type() != ControlPlaneEndpoint::TYPE_LOAD_BALANCER) return;
  *endpoint.mutable_member_ids() = wanted.member_ids();
  std::sort(endpoint.mutable_member_ids()->begin(),
            endpoint.mutable_member_ids()->end());
}

void AddFakeSubnets(const ClusterNetwork& desired, bool rest,
                    ClusterNetwork& network) {
  for (const network::v1::Subnet& subnet : desired.subnets()) {
    const auto& made = network.subnets();
    const bool is_known = std::any_of(
        made.begin(), made.end(),
        [&](const auto& each) { return each.name() == subnet.name(); });
    Violations violations;
    CheckSubnet(subnet, desired.vpc(), rest, "subnet", violations);
    const bool is_had = violations.empty() && (rest || subnet.zone().empty());
    if (!is_known && is_had) *network.add_subnets() = subnet;
  }
}

void DescribeFakeNetwork(bool rest, ClusterNetwork& network) {
  SetSubnets(rest, network);
  SetGroups(network);
  SetConditions(network);
  network.clear_etag();
  network.set_etag(FakeEtag(network));
}

void FailFakeNetwork(const std::string& type, const std::string& reason,
                     const std::string& message, ClusterNetwork& network) {
  network.set_state(ClusterNetwork::STATE_FAILED);
  network.clear_conditions();
  auto& conditions = *network.mutable_conditions();
  for (const char* condition : kConditions) {
    const bool holds = condition != type;
    AddFakeCondition(condition, holds, holds ? "Available" : reason,
                     holds ? "" : message, conditions);
  }
  AddFakeCondition("Ready", false, reason, message, conditions);
  // Nothing serves without the network that it is in.
  if (type == "VPCReady") {
    AddFakeCondition("Serving", false, reason, message, conditions);
  }
}

}  // namespace evroc::shim
