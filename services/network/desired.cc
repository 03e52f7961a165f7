#include "services/network/desired.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/net/cidr.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"
#include "services/network/security_rules.h"

namespace evroc::network {
namespace {

using cloud::ObjectName;

template <typename T>
T Part(const NetworkSpec& spec, const Id<T>& id, absl::string_view role,
       absl::string_view part = "") {
  T object;
  object.metadata.id = id;
  object.metadata.labels =
      cloud::ObjectLabels(spec.owner, spec.labels, role, part);
  return object;
}

void AddRules(const std::vector<RuleSpec>& specs, const Id<cloud::Vpc>& vpc,
              std::vector<cloud::SecurityRule>& rules) {
  for (const RuleSpec& spec : specs) {
    rules.push_back(spec.rule);
    if (spec.from_vpc) rules.back().remote.vpc = vpc;
  }
}

cloud::SecurityGroup Group(const NetworkSpec& spec,
                           const Id<cloud::SecurityGroup>& id,
                           absl::string_view role, absl::string_view part,
                           const Id<cloud::Vpc>& vpc) {
  auto group = Part(spec, id, role, part);
  group.vpc = vpc;
  return group;
}

// The machines of such a network have no IPv4 address.
bool IsIpv6Only(const NetworkSpec& spec,
                const std::vector<cloud::Subnet>& subnets) {
  if (spec.vpc.stack_type == cloud::StackType::kIpv6Only) return true;
  return !subnets.empty() &&
         std::all_of(subnets.begin(), subnets.end(),
                     [](const cloud::Subnet& subnet) {
                       return subnet.stack_type == cloud::StackType::kIpv6Only;
                     });
}

// None for the default network: the balancer then reaches every zone of it,
// also one whose subnet comes later (evroc-api.md B.7).
std::optional<cloud::LoadBalancer::BackendNetwork> BackendNetworkOf(
    const NetworkSpec& spec, const std::vector<cloud::Subnet>& subnets) {
  if (spec.default_network) return std::nullopt;
  cloud::LoadBalancer::BackendNetwork network;
  network.vpc = spec.vpc.id;
  std::set<std::string> zones;
  for (const cloud::Subnet& subnet : subnets) {
    if (!zones.insert(subnet.zone).second) continue;
    network.subnets.push_back({subnet.zone, subnet.metadata.id});
  }
  return network;
}

std::string NameOf(const NetworkSpec& spec, const EndpointPort& port) {
  return PortName(spec.owner, port.port,
                  /*is_api=*/&port == &spec.ports.front());
}

Id<cloud::BackendService> ServiceId(const NetworkSpec& spec,
                                    const EndpointPort& port) {
  return Id<cloud::BackendService>(
      ObjectName(spec.owner, "BackendService", NameOf(spec, port)));
}

// The groups with built-in rules.
std::vector<cloud::SecurityGroup> RoleGroups(const NetworkSpec& spec,
                                             const Id<cloud::Vpc>& vpc) {
  const auto group_of = [&](absl::string_view role) {
    return Group(spec, RoleGroupId(spec.owner, role), role, "", vpc);
  };
  cloud::SecurityGroup common = group_of(kCommonRole);
  common.rules = CommonRules(common.metadata.id);
  AddRules(spec.common.rules, vpc, common.rules);
  cloud::SecurityGroup control_plane = group_of(kControlPlaneRole);
  control_plane.rules = ControlPlaneRules(spec, control_plane.metadata.id, vpc);
  AddRules(spec.control_plane.rules, vpc, control_plane.rules);
  cloud::SecurityGroup worker = group_of(kWorkerRole);
  worker.rules = WorkerRules(vpc);
  AddRules(spec.worker.rules, vpc, worker.rules);
  std::vector<cloud::SecurityGroup> groups;
  if (!spec.common.refused) groups.push_back(std::move(common));
  if (!spec.control_plane.refused) groups.push_back(std::move(control_plane));
  if (!spec.worker.refused) groups.push_back(std::move(worker));
  return groups;
}

}  // namespace

std::vector<std::string> DefaultVpcBlocks(
    const std::vector<std::string>& subnet_blocks) {
  constexpr char kNarrow[] = "10.0.0.0/16";
  const auto holds = [](const char* range, const std::string& block) {
    const absl::StatusOr<Cidr> inner = Cidr::Parse(block);
    return inner.ok() && Cidr::Parse(range)->Contains(*inner);
  };
  const auto in_narrow = [&](const std::string& block) {
    return holds(kNarrow, block);
  };
  std::vector<std::string> blocks;
  for (const char* range : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
    std::vector<std::string> inside;
    std::copy_if(subnet_blocks.begin(), subnet_blocks.end(),
                 std::back_inserter(inside),
                 [&](const std::string& block) { return holds(range, block); });
    if (inside.empty()) continue;
    const bool narrow = std::all_of(inside.begin(), inside.end(), in_narrow);
    blocks.emplace_back(narrow ? kNarrow : range);
  }
  if (blocks.empty()) blocks.emplace_back(kNarrow);
  return blocks;
}

cloud::Vpc DesiredVpc(const NetworkSpec& spec) {
  cloud::Vpc vpc;
  vpc.metadata.id = spec.vpc.id;
  vpc.metadata.labels = cloud::ObjectLabels(spec.owner, spec.labels);
  vpc.stack_type = spec.vpc.stack_type;
  vpc.ipv4_cidr_blocks = spec.vpc.ipv4_cidr_blocks;
  if (vpc.ipv4_cidr_blocks.empty() &&
      vpc.stack_type != cloud::StackType::kIpv6Only) {
    std::vector<std::string> blocks;
    for (const NetworkSpec::Subnet& subnet : spec.subnets) {
      if (!subnet.ipv4_cidr_block.empty()) {
        blocks.push_back(subnet.ipv4_cidr_block);
      }
    }
    vpc.ipv4_cidr_blocks = DefaultVpcBlocks(blocks);
  }
  return vpc;
}

cloud::Subnet DesiredSubnet(const NetworkSpec& spec,
                            const NetworkSpec::Subnet& subnet) {
  cloud::Subnet desired;
  desired.metadata.id = subnet.id;
  desired.metadata.labels = cloud::ObjectLabels(spec.owner, spec.labels);
  desired.vpc = spec.vpc.id;
  desired.zone = subnet.zone;
  desired.ipv4_cidr_block = subnet.ipv4_cidr_block;
  desired.stack_type = subnet.stack_type;
  if (desired.stack_type == cloud::StackType::kUnset) {
    desired.stack_type = spec.vpc.stack_type;
  }
  return desired;
}

std::vector<cloud::SecurityGroup> DesiredGroups(
    const NetworkSpec& spec, const cloud::Capabilities& capabilities) {
  Id<cloud::Vpc> vpc;
  if (capabilities.vpc_in_security_groups) vpc = spec.vpc.id;
  std::vector<cloud::SecurityGroup> groups;
  if (!spec.without_built_in) groups = RoleGroups(spec, vpc);
  for (const GroupSpec& extra : spec.additional) {
    groups.push_back(Group(spec, AdditionalGroupId(spec.owner, extra),
                           kAdditionalRole, AdditionalGroupPart(extra), vpc));
    for (const auto& [key, value] : extra.labels) {
      groups.back().metadata.labels[key] = value;
    }
    AddRules(extra.rules, vpc, groups.back().rules);
  }
  return groups;
}

Id<cloud::PublicIp> AddressId(const NetworkSpec& spec) {
  if (!spec.existing_public_ip.empty()) return spec.existing_public_ip;
  return EndpointIdsOf(spec.owner).address;
}

Id<cloud::LoadBalancer> BalancerId(const NetworkSpec& spec) {
  return EndpointIdsOf(spec.owner).balancer;
}

cloud::PublicIp DesiredAddress(const NetworkSpec& spec) {
  return Part(spec, EndpointIdsOf(spec.owner).address, kEndpointRole,
              spec.load_balancer ? kForLoadBalancer : kForMachine);
}

std::vector<Id<cloud::VirtualMachine>> AllBackends(const NetworkSpec& spec) {
  return DesiredBackends(spec, {spec.undecided.begin(), spec.undecided.end()});
}

std::vector<Id<cloud::VirtualMachine>> DesiredBackends(
    const NetworkSpec& spec,
    const std::vector<Id<cloud::VirtualMachine>>& existing) {
  std::set<Id<cloud::VirtualMachine>> backends(spec.backends.begin(),
                                               spec.backends.end());
  for (const Id<cloud::VirtualMachine>& id : existing) {
    if (spec.undecided.contains(id)) backends.insert(id);
  }
  return {backends.begin(), backends.end()};
}

Balancer DesiredBalancer(const NetworkSpec& spec,
                         const std::vector<cloud::Subnet>& subnets) {
  Balancer desired;
  const EndpointIds ids = EndpointIdsOf(spec.owner);
  desired.pool = Part(spec, ids.pool, kEndpointRole);
  desired.pool.backends = spec.backends;
  desired.balancer = Part(spec, ids.balancer, kEndpointRole);
  desired.balancer.public_ip = AddressId(spec);
  desired.balancer.backend_network = BackendNetworkOf(spec, subnets);
  for (const EndpointPort& port : spec.ports) {
    const std::string name = NameOf(spec, port);
    auto service = Part(spec, ServiceId(spec, port), kEndpointRole, name);
    service.port = port.target_port;
    service.ip_protocol = IsIpv6Only(spec, subnets) ? cloud::IpProtocol::kIpv6
                                                    : cloud::IpProtocol::kIpv4;
    service.pool = desired.pool.metadata.id;
    // All fields are always sent (traps.md B18).
    service.health_check = {.interval = absl::Seconds(5),
                            .timeout = absl::Seconds(3),
                            .healthy_threshold = 1,
                            .unhealthy_threshold = 3,
                            .target_port = port.health_check_port};
    auto route =
        Part(spec, Id<cloud::L4Route>(ObjectName(spec.owner, "L4Route", name)),
             kEndpointRole, name);
    route.default_service = service.metadata.id;
    desired.balancer.listeners.push_back(
        {name, port.port, {route.metadata.id}});
    desired.services.push_back(std::move(service));
    desired.routes.push_back(std::move(route));
  }
  return desired;
}

cloud::BackendService RequestedService(const NetworkSpec& spec,
                                       cloud::BackendService wanted,
                                       const cloud::BackendService& existing) {
  const bool chosen = std::any_of(
      spec.ports.begin(), spec.ports.end(), [&](const EndpointPort& port) {
        return port.health_check_chosen &&
               ServiceId(spec, port) == wanted.metadata.id;
      });
  if (spec.owner.resource_prefix.empty() || chosen) return wanted;
  wanted.health_check = existing.health_check;
  wanted.ip_protocol = existing.ip_protocol;
  return wanted;
}

}  // namespace evroc::network
