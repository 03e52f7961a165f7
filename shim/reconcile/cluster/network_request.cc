#include "shim/reconcile/cluster/network_request.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "common/net/cidr.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/stack_type.h"
#include "shim/reconcile/subnet_plan.h"

namespace evroc::shim {
namespace {

namespace v1 = network::v1;

constexpr int kDefaultApiPort = 6443;

v1::SecurityRule::Protocol ProtocolOf(const std::string& text) {
  if (text == "TCP") return v1::SecurityRule::PROTOCOL_TCP;
  if (text == "UDP") return v1::SecurityRule::PROTOCOL_UDP;
  if (text == "ICMP") return v1::SecurityRule::PROTOCOL_ICMP;
  return v1::SecurityRule::PROTOCOL_ALL;
}

// Names of the cloud's rules: those of users may be any text, and repeat.
class RuleNames {
 public:
  std::string Add(const std::string& text) {
    const int before = seen_[text]++;
    const std::string unique =
        before == 0 ? text : absl::StrCat(text, " ", before + 1);
    const std::string label = DnsLabelOf(unique);
    return absl::StartsWith(label, kReservedPrefix)
               ? DnsLabelOf(absl::StrCat("rule ", unique))
               : label;
  }

 private:
  static constexpr absl::string_view kReservedPrefix = "capi-";
  std::map<std::string, int> seen_;
};

// A block that is given by an address in it is that block, which the cloud may
// not take as it is. What is no block is passed on.
std::string BlockOf(const std::string& text) {
  const absl::StatusOr<Cidr> block = Cidr::ParseMasked(text);
  return block.ok() ? block->ToString() : text;
}

v1::SecurityRule RuleOf(const SecurityRuleSpec& spec) {
  v1::SecurityRule rule;
  rule.set_direction(spec.direction == "Egress"
                         ? v1::SecurityRule::DIRECTION_EGRESS
                         : v1::SecurityRule::DIRECTION_INGRESS);
  rule.set_protocol(ProtocolOf(spec.protocol));
  rule.set_port(spec.port);
  rule.set_end_port(spec.end_port);
  if (!spec.remote_cidr.empty()) {
    rule.set_cidr(BlockOf(spec.remote_cidr));
  } else if (!spec.remote_security_group.empty()) {
    rule.set_security_group_id(spec.remote_security_group);
  } else if (!spec.subnet_id.empty()) {
    rule.set_subnet_id(spec.subnet_id);
  } else if (spec.vpc) {
    rule.set_vpc(true);
  }
  return rule;
}

void AddExisting(const SecurityGroupsSpec& spec, v1::RoleSecurityGroup& role) {
  for (const std::string& id : spec.existing_ids) role.add_existing_ids(id);
}

void SetGroups(const EvrocClusterSpec& spec, const InlineGroups& groups,
               v1::SecurityGroups& request) {
  AddExisting(spec.common_groups, *request.mutable_common());
  AddExisting(spec.control_plane_groups, *request.mutable_control_plane());
  AddExisting(spec.worker_groups, *request.mutable_worker());
  for (const auto& [name, group] : groups) {
    v1::NamedSecurityGroup& named = *request.add_additional();
    named.set_name(name);
    named.set_id(group.id);
    for (const auto& [key, value] : group.labels) {
      (*named.mutable_labels())[key] = value;
    }
    RuleNames names;
    for (const SecurityRuleSpec& rule : group.rules) {
      v1::SecurityRule& added = *named.add_rules();
      added = RuleOf(rule);
      added.set_name(names.Add(rule.name));
    }
  }
}

// What is recorded of the endpoint survives a move, which takes the status.
bool RecordsPublicIpAlone(const ObjectMeta& cluster) {
  const CloudRecord record = CloudRecordOf(cluster);
  const auto has = [&](absl::string_view kind) {
    return std::any_of(
        record.objects().begin(), record.objects().end(),
        [&](const auto& object) { return object.kind() == kind; });
  };
  return has("PublicIP") && !has("LoadBalancer");
}

// An endpoint that exists stays what it is when the spec says nothing.
bool HasPublicIp(const EvrocClusterObject& cluster) {
  if (cluster.spec.load_balancer_set) return !cluster.spec.load_balancer;
  if (cluster.status.endpoint_type.empty() &&
      !cluster.spec.endpoint.host.empty()) {
    return RecordsPublicIpAlone(cluster.meta);
  }
  return !cluster.status.public_ip_id.empty() &&
         cluster.status.endpoint_type == kPublicIpEndpoint;
}

// The official provider's balancers serve the API at 6443 alone: an endpoint
// with another port is something of the user's before them, and the Cluster's
// port is not looked at.
v1::EndpointPort ApiPort(const NetworkRequestInput& input) {
  const bool official =
      !input.cluster.meta.Annotation(kResourcePrefixAnnotation).empty();
  const int named = official ? 0 : input.cluster.spec.endpoint.port;
  const int target = official ? 0 : input.api_server_port;
  v1::EndpointPort port;
  port.set_target_port(target == 0 ? kDefaultApiPort : target);
  port.set_port(named == 0 ? port.target_port() : named);
  return port;
}

void SetEndpoint(const NetworkRequestInput& input,
                 v1::ControlPlaneEndpoint& request) {
  const EvrocClusterSpec& spec = input.cluster.spec;
  if (HasPublicIp(input.cluster)) {
    request.set_type(v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  } else if (spec.load_balancer_set ||
             !LoadBalancerOf(CloudRecordOf(input.cluster.meta)).empty()) {
    // Also with a credential whose API shows none.
    request.set_type(v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
  }
  request.set_existing_public_ip_id(spec.existing_public_ip_id);
  const v1::EndpointPort api = ApiPort(input);
  *request.add_ports() = api;
  for (const EndpointPortSpec& port : spec.additional_ports) {
    if (port.port == api.port() && port.target_port == 0) continue;
    v1::EndpointPort& added = *request.add_ports();
    added.set_port(port.port);
    added.set_target_port(port.target_port);
    added.set_health_check_port(port.health_check_port);
  }
  for (const std::string& id : input.backends.serving) {
    request.add_member_ids(id);
  }
  for (const std::string& id : input.backends.undecided) {
    request.add_undecided_ids(id);
  }
  if (request.type() == v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP) {
    for (const std::string& id : input.backends.leaving) {
      request.add_undecided_ids(id);
    }
  }
}

void SetSubnets(const std::vector<PlannedSubnet>& plan, bool zones,
                v1::ClusterNetwork& request) {
  for (const PlannedSubnet& planned : plan) {
    v1::Subnet& subnet = *request.add_subnets();
    subnet.set_name(planned.name);
    subnet.set_existing(planned.existing);
    subnet.set_optional(planned.optional);
    if (zones || !planned.existing) subnet.set_zone(planned.zone);
    if (planned.existing) continue;
    subnet.set_ipv4_cidr_block(planned.cidr_block);
  }
}

}  // namespace

common::v1::Owner NetworkOwner(const EvrocClusterObject& cluster,
                               const std::string& cluster_id,
                               const std::string& cluster_name) {
  common::v1::Owner owner;
  owner.set_cluster_id(cluster_id);
  if (cluster_name.empty()) return owner;
  owner.set_cluster_name(cluster_name);
  owner.set_resource_prefix(
      std::string(cluster.meta.Annotation(kResourcePrefixAnnotation)));
  return owner;
}

absl::Status CheckNetworkRequest(const EvrocClusterObject& cluster,
                                 bool zones) {
  EVROC_RETURN_IF_ERROR(CheckInlineGroups(cluster));
  return PlanSubnets(cluster.spec, zones).status();
}

v1::ClusterNetwork MakeNetworkRequest(const NetworkRequestInput& input) {
  const EvrocClusterSpec& spec = input.cluster.spec;
  v1::ClusterNetwork request;
  *request.mutable_owner() =
      NetworkOwner(input.cluster, input.cluster_id, input.cluster_name);
  request.mutable_vpc()->set_name(spec.vpc_name);
  request.mutable_vpc()->set_existing(spec.vpc_existing);
  request.mutable_vpc()->set_stack_type(NetworkStackTypeOf(spec.stack_type));
  const auto plan = PlanSubnets(spec, input.zones);
  if (plan.ok()) SetSubnets(*plan, input.zones, request);
  SetGroups(spec, input.inline_groups, *request.mutable_security_groups());
  // The official provider makes none, and what it made is not widened.
  request.mutable_security_groups()->set_without_built_in(
      !request.owner().resource_prefix().empty());
  SetEndpoint(input, *request.mutable_control_plane_endpoint());
  // What is no block is Cluster API's to refuse.
  for (const std::string& block : input.inner_blocks) {
    if (Cidr::ParseMasked(block).ok()) request.add_inner_cidr_blocks(block);
  }
  for (const auto& [key, value] : spec.labels) {
    (*request.mutable_labels())[key] = value;
  }
  return request;
}

}  // namespace evroc::shim
