#include "services/network/spec/network_spec.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "common/net/cidr.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/fields/common_fields.h"
#include "services/fields/reference.h"
#include "services/identity/owner_labels.h"
#include "services/network/spec/part_names.h"

namespace evroc::network {
namespace {

constexpr char kRoot[] = "cluster_network";
constexpr int kMaxBlocks = 100;
constexpr int kMaxSubnets = 30;
constexpr int kMaxPorts = 200;
constexpr int kMaxBackends = 1000;
// Of all machines of a cluster.
constexpr int kMaxUndecided = 20'000;
constexpr int kMaxCidrs = 200;
constexpr int kMaxInnerBlocks = 20;
// Of the control plane: one for each port and each block that may call it.
constexpr int kMaxEndpointRules = 2000;
constexpr int kApiPort = 6443;
constexpr int kWidestSubnet = 16;
constexpr int kNarrowestSubnet = 29;
constexpr char kNoIpv4Only[] = "is for machines; networks also have IPv6";

std::string Field(absl::string_view path) {
  return absl::StrCat(kRoot, ".", path);
}

std::string Element(absl::string_view path, int index,
                    absl::string_view member = "") {
  return absl::StrCat(kRoot, ".", path, "[", index, "]",
                      member.empty() ? "" : ".", member);
}

bool IsPrivate(const Cidr& block) {
  for (const char* range : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
    if (Cidr::Parse(range)->Contains(block)) return true;
  }
  return false;
}

void CheckVpcBlocks(const v1::Vpc& vpc, Violations& violations) {
  if (!violations.CheckSize(vpc.ipv4_cidr_blocks_size(), kMaxBlocks,
                            Field("vpc.ipv4_cidr_blocks"))) {
    return;
  }
  for (int i = 0; i < vpc.ipv4_cidr_blocks_size(); ++i) {
    const std::string field = Element("vpc.ipv4_cidr_blocks", i);
    const absl::StatusOr<Cidr> block = Cidr::Parse(vpc.ipv4_cidr_blocks(i));
    if (!block.ok()) {
      violations.Add(field, block.status().message());
    } else {
      violations.Check(block->is_ipv4() && IsPrivate(*block), field,
                       "is not inside 10.0.0.0/8, 172.16.0.0/12 or "
                       "192.168.0.0/16");
    }
  }
}

// The id of an object that the user names; only one that exists can be given by
// a full reference. Empty if it is refused.
template <typename T>
Id<T> CheckName(const std::string& name, bool existing,
                const cloud::Place& place, const std::string& field,
                Violations& violations) {
  const size_t before = violations.count();
  if (existing && !name.empty()) {
    auto id = cloud::CheckReference<T>(name, place, field, violations);
    return violations.count() > before ? Id<T>() : id;
  }
  return violations.Check(
             IsDnsLabel(name), field,
             "is required: an RFC 1123 label of at most 63 characters")
             ? Id<T>(name)
             : Id<T>();
}

NetworkSpec::Vpc CheckVpc(const v1::Vpc& vpc, const cloud::Place& place,
                          Violations& violations) {
  const size_t before = violations.count();
  CheckVpcBlocks(vpc, violations);
  std::vector<std::string> blocks;
  for (const std::string& block : vpc.ipv4_cidr_blocks()) {
    blocks.push_back(CanonicalAddress(block));
  }
  violations.Check(vpc.stack_type() != common::v1::STACK_TYPE_IPV4_ONLY,
                   Field("vpc.stack_type"), kNoIpv4Only);
  return {.id = CheckName<cloud::Vpc>(vpc.name(), vpc.existing(), place,
                                      Field("vpc.name"), violations),
          .existing = vpc.existing(),
          .refuse_foreign = vpc.if_exists() == common::v1::IF_EXISTS_REFUSE,
          .ipv4_cidr_blocks = std::move(blocks),
          .stack_type = cloud::FromProto(vpc.stack_type()),
          .refused = violations.count() > before};
}

// Returns the block of a subnet to create; nullopt if it has none.
std::optional<Cidr> CheckSubnetBlock(const v1::Subnet& subnet, int index,
                                     const v1::Vpc& vpc,
                                     Violations& violations) {
  const std::string field = Element("subnets", index, "ipv4_cidr_block");
  const common::v1::StackType stack_type =
      subnet.stack_type() == common::v1::STACK_TYPE_UNSPECIFIED
          ? vpc.stack_type()
          : subnet.stack_type();
  const bool has_ipv4 = stack_type != common::v1::STACK_TYPE_IPV6_ONLY;
  if (subnet.ipv4_cidr_block().empty()) {
    violations.Check(!has_ipv4, field, "is required");
    return std::nullopt;
  }
  violations.Check(has_ipv4, field, "is not for a subnet with IPv6 only");
  const absl::StatusOr<Cidr> block = Cidr::Parse(subnet.ipv4_cidr_block());
  if (!block.ok()) {
    violations.Add(field, block.status().message());
    return std::nullopt;
  }
  violations.Check(block->is_ipv4() && block->prefix() >= kWidestSubnet &&
                       block->prefix() <= kNarrowestSubnet,
                   field, "is not an IPv4 block of /16 to /29");
  bool inside = vpc.ipv4_cidr_blocks().empty();
  const int count = std::min(vpc.ipv4_cidr_blocks_size(), kMaxBlocks);
  for (int i = 0; i < count && !inside; ++i) {
    const absl::StatusOr<Cidr> whole = Cidr::Parse(vpc.ipv4_cidr_blocks(i));
    inside = whole.ok() && whole->Contains(*block);
  }
  violations.Check(inside, field, "is not inside the VPC's blocks");
  return *block;
}

void CheckZone(const std::string& zone, const cloud::Capabilities& capabilities,
               const std::string& field, Violations& violations) {
  if (!capabilities.zones) return;
  violations.Check(zone == "a" || zone == "b" || zone == "c", field,
                   R"(is not "a", "b" or "c")");
}

std::vector<NetworkSpec::Subnet> CheckSubnets(const v1::ClusterNetwork& network,
                                              const cloud::Place& place,
                                              Violations& violations) {
  std::vector<NetworkSpec::Subnet> subnets;
  std::set<Id<cloud::Subnet>> ids;
  std::vector<Cidr> blocks;
  violations.Check(network.subnets_size() >= 1, Field("subnets"),
                   "at least one is required");
  if (!violations.CheckSize(network.subnets_size(), kMaxSubnets,
                            Field("subnets"))) {
    return subnets;
  }
  for (int i = 0; i < network.subnets_size(); ++i) {
    const v1::Subnet& subnet = network.subnets(i);
    const size_t before = violations.count();
    const auto id =
        CheckName<cloud::Subnet>(subnet.name(), subnet.existing(), place,
                                 Element("subnets", i, "name"), violations);
    violations.Check(id.empty() || ids.insert(id).second,
                     Element("subnets", i, "name"), "is there twice");
    violations.Check(!subnet.optional() || subnet.existing(),
                     Element("subnets", i, "optional"),
                     "is for existing subnets only");
    violations.Check(subnet.stack_type() != common::v1::STACK_TYPE_IPV4_ONLY,
                     Element("subnets", i, "stack_type"), kNoIpv4Only);
    if (!subnet.existing()) {
      CheckZone(subnet.zone(), place.capabilities,
                Element("subnets", i, "zone"), violations);
      const std::optional<Cidr> block =
          CheckSubnetBlock(subnet, i, network.vpc(), violations);
      for (const Cidr& other : blocks) {
        violations.Check(!block || !block->Overlaps(other),
                         Element("subnets", i, "ipv4_cidr_block"),
                         absl::StrCat("overlaps ", other.ToString()));
      }
      if (block.has_value()) blocks.push_back(*block);
    }
    subnets.push_back(
        {.id = id,
         .existing = subnet.existing(),
         .optional = subnet.optional(),
         .refuse_foreign = subnet.if_exists() == common::v1::IF_EXISTS_REFUSE,
         .zone = subnet.zone(),
         .ipv4_cidr_block = CanonicalAddress(subnet.ipv4_cidr_block()),
         .stack_type = cloud::FromProto(subnet.stack_type())});
    if (violations.count() > before) subnets.pop_back();
  }
  return subnets;
}

// evroc-api.md B.6.3
bool IsDefaultNetwork(const NetworkSpec& spec, const std::string& region) {
  if (spec.vpc.id.value() != absl::StrCat("default-", region)) return false;
  const auto& subnets = spec.subnets;
  return std::all_of(
      subnets.begin(), subnets.end(), [&](const NetworkSpec::Subnet& subnet) {
        const auto ids = DefaultSubnetIds(spec.vpc.id);
        return subnet.existing &&
               std::find(ids.begin(), ids.end(), subnet.id) != ids.end();
      });
}

std::vector<EndpointPort> CheckEndpointPorts(
    const v1::ControlPlaneEndpoint& endpoint, bool load_balancer,
    Violations& violations) {
  std::vector<EndpointPort> ports;
  std::set<int> seen;
  const std::string field = "control_plane_endpoint.ports";
  const bool few =
      violations.CheckSize(endpoint.ports_size(), kMaxPorts, Field(field));
  for (int i = 0; few && i < endpoint.ports_size(); ++i) {
    const v1::EndpointPort& request = endpoint.ports(i);
    EndpointPort port{.port = request.port(),
                      .target_port = request.target_port(),
                      .health_check_port = request.health_check_port(),
                      .health_check_chosen = request.health_check_port() != 0};
    if (port.target_port == 0) port.target_port = port.port;
    if (port.health_check_port == 0) port.health_check_port = port.target_port;
    violations.CheckPort(port.port, Element(field, i, "port"));
    violations.Check(seen.insert(port.port).second, Element(field, i, "port"),
                     "is there twice");
    violations.CheckPort(port.target_port, Element(field, i, "target_port"));
    violations.CheckPort(port.health_check_port,
                         Element(field, i, "health_check_port"));
    violations.Check(load_balancer || port.target_port == port.port,
                     Element(field, i, "target_port"),
                     "a public IP can't lead to another port");
    ports.push_back(port);
  }
  if (ports.empty()) {
    ports.push_back({.port = kApiPort,
                     .target_port = kApiPort,
                     .health_check_port = kApiPort});
  }
  return ports;
}

std::set<Id<cloud::VirtualMachine>> CheckBackends(
    const google::protobuf::RepeatedPtrField<std::string>& ids, int max,
    const std::string& field, Violations& violations) {
  std::set<Id<cloud::VirtualMachine>> backends;
  if (!violations.CheckSize(ids.size(), max, field)) return backends;
  for (const std::string& id : ids) {
    violations.Check(IsDnsLabel(id), field, "has something that is not an id");
    backends.emplace(id);
  }
  return backends;
}

void CheckAllowedCidrs(const v1::ControlPlaneEndpoint& endpoint,
                       NetworkSpec& spec, Violations& violations) {
  const std::string field = "control_plane_endpoint.api_allowed_cidrs";
  const int count = endpoint.api_allowed_cidrs_size();
  if (!violations.CheckSize(count, kMaxCidrs, Field(field))) return;
  violations.Check(
      count * static_cast<int>(spec.ports.size()) <= kMaxEndpointRules,
      Field(field),
      absl::StrCat("makes more than ", kMaxEndpointRules,
                   " rules with the ports"));
  for (int i = 0; i < endpoint.api_allowed_cidrs_size(); ++i) {
    const std::string each = Element(field, i);
    const absl::StatusOr<Cidr> block =
        Cidr::ParseAddressOrBlock(endpoint.api_allowed_cidrs(i));
    violations.Check(!spec.load_balancer, each,
                     "can't hold behind a load balancer: no rule of the "
                     "machines limits who reaches its listeners");
    violations.Check(block.ok(), each,
                     block.ok() ? "" : block.status().message());
    spec.api_allowed_cidrs.push_back(
        CanonicalAddress(endpoint.api_allowed_cidrs(i)));
  }
}

void CheckEndpoint(const v1::ControlPlaneEndpoint& endpoint,
                   const cloud::Place& place, NetworkSpec& spec,
                   Violations& violations) {
  const std::string field = "control_plane_endpoint";
  size_t before = violations.count();
  const auto refused = [&] {
    return violations.count() > std::exchange(before, violations.count());
  };
  spec.existing_public_ip = cloud::CheckReference<cloud::PublicIp>(
      endpoint.existing_public_ip_id(), place,
      Field(field + ".existing_public_ip_id"), violations);
  spec.public_ip_refused = refused();
  if (spec.public_ip_refused) spec.existing_public_ip = {};
  spec.ports = CheckEndpointPorts(endpoint, spec.load_balancer, violations);
  spec.ports_refused = refused();
  const auto members = CheckBackends(endpoint.member_ids(), kMaxBackends,
                                     Field(field + ".member_ids"), violations);
  spec.backends = {members.begin(), members.end()};
  spec.undecided = CheckBackends(endpoint.undecided_ids(), kMaxUndecided,
                                 Field(field + ".undecided_ids"), violations);
  spec.backends_refused = refused();
  CheckAllowedCidrs(endpoint, spec, violations);
  // They are in its rules.
  if (refused() || spec.ports_refused) {
    spec.control_plane.refused = true;
    spec.groups_refused = true;
  }
}

void CheckInnerBlocks(const v1::ClusterNetwork& network, NetworkSpec& spec,
                      Violations& violations) {
  const std::string field = "inner_cidr_blocks";
  const int count = network.inner_cidr_blocks_size();
  if (!violations.CheckSize(count, kMaxInnerBlocks, Field(field))) return;
  for (int i = 0; i < count; ++i) {
    const absl::StatusOr<Cidr> block =
        Cidr::ParseMasked(network.inner_cidr_blocks(i));
    if (block.ok()) {
      spec.inner_blocks.push_back(*block);
    } else {
      violations.Add(Element(field, i), block.status().message());
    }
  }
}

// Nothing holds where there are no groups with built-in rules to add to.
void CheckWithoutBuiltIn(const v1::ClusterNetwork& network,
                         Violations& violations) {
  const v1::SecurityGroups& groups = network.security_groups();
  if (!groups.without_built_in()) return;
  for (const auto& [role, group] :
       {std::pair<const char*, const v1::RoleSecurityGroup&>("common",
                                                             groups.common()),
        {"control_plane", groups.control_plane()},
        {"worker", groups.worker()}}) {
    violations.Check(group.rules().empty(),
                     Field(absl::StrCat("security_groups.", role, ".rules")),
                     "are in addition to built-in rules, which are left out");
  }
  violations.Check(network.control_plane_endpoint().api_allowed_cidrs().empty(),
                   Field("control_plane_endpoint.api_allowed_cidrs"),
                   "limits a built-in rule, and these are left out");
}

// An id that was chosen may be the one that is built for another group.
void CheckGroupIds(const v1::SecurityGroups& groups, NetworkSpec& spec,
                   Violations& violations) {
  std::set<Id<cloud::SecurityGroup>> built;
  for (const GroupSpec& group : spec.additional) {
    if (group.id.empty()) built.insert(AdditionalGroupId(spec.owner, group));
  }
  if (built.empty()) return;
  for (int i = 0; i < groups.additional_size(); ++i) {
    const Id<cloud::SecurityGroup> id(groups.additional(i).id());
    if (violations.Check(!built.contains(id),
                         Element("security_groups.additional", i, "id"),
                         "is that of another group")) {
      continue;
    }
    std::erase_if(spec.additional,
                  [&](const GroupSpec& each) { return each.id == id; });
  }
}

void CheckGroups(const v1::ClusterNetwork& network, const cloud::Place& place,
                 NetworkSpec& spec, Violations& violations) {
  const size_t before = violations.count();
  const v1::SecurityGroups& groups = network.security_groups();
  spec.common = CheckRoleGroup(groups.common(), place,
                               Field("security_groups.common"), violations);
  spec.control_plane =
      CheckRoleGroup(groups.control_plane(), place,
                     Field("security_groups.control_plane"), violations);
  spec.worker = CheckRoleGroup(groups.worker(), place,
                               Field("security_groups.worker"), violations);
  spec.additional =
      CheckAdditionalGroups(groups.additional(), place,
                            Field("security_groups.additional"), violations);
  spec.without_built_in = groups.without_built_in();
  CheckWithoutBuiltIn(network, violations);
  CheckGroupIds(groups, spec, violations);
  spec.groups_refused = violations.count() > before;
}

bool AnyFromVpc(const std::vector<RuleSpec>& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [](const RuleSpec& rule) { return rule.from_vpc; });
}

// Refuses rules that the Kubernetes-style API lacks.
absl::Status CheckRuleCapabilities(NetworkSpec& spec) {
  bool any = false;
  for (GroupSpec* role : {&spec.common, &spec.control_plane, &spec.worker}) {
    const bool lacks = AnyFromVpc(role->rules);
    role->refused = role->refused || lacks;
    any = any || lacks;
  }
  any = std::erase_if(spec.additional,
                      [](const GroupSpec& group) {
                        return AnyFromVpc(group.rules);
                      }) > 0 ||
        any;
  spec.groups_refused = spec.groups_refused || any;
  return any ? UnsupportedField(Field("security_groups"),
                                "rules with a VPC as the other side")
             : absl::OkStatus();
}

// Refuses features that the Kubernetes-style API lacks.
absl::Status CheckCapabilities(NetworkSpec& spec,
                               const cloud::Capabilities& capabilities) {
  absl::Status refusal;
  if (spec.load_balancer && !capabilities.load_balancers) {
    refusal.Update(UnsupportedField(Field("control_plane_endpoint.type"),
                                    "load balancers"));
  }
  if (!capabilities.zones) {
    for (int i = 0; i < spec.request.subnets_size(); ++i) {
      if (spec.request.subnets(i).zone().empty()) continue;
      refusal.Update(UnsupportedField(Element("subnets", i, "zone"), "zones"));
      break;
    }
    std::erase_if(spec.subnets, [](const NetworkSpec::Subnet& subnet) {
      return !subnet.zone.empty();
    });
  }
  if (!capabilities.vpc_in_security_groups) {
    refusal.Update(CheckRuleCapabilities(spec));
  }
  return refusal;
}

bool WantsLoadBalancer(const v1::ControlPlaneEndpoint& endpoint,
                       const cloud::Capabilities& capabilities) {
  switch (endpoint.type()) {
    case v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER:
      return true;
    case v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP:
      return false;
    default:
      return capabilities.load_balancers;
  }
}

v1::ClusterNetwork WithoutObserved(v1::ClusterNetwork network) {
  network.clear_state();
  network.clear_etag();
  network.clear_conditions();
  network.clear_vpc_id();
  network.clear_subnet_statuses();
  network.clear_security_group_ids();
  network.clear_control_plane_endpoint_status();
  network.clear_failure_domains();
  return network;
}

}  // namespace

std::vector<Id<cloud::Subnet>> DefaultSubnetIds(const Id<cloud::Vpc>& vpc) {
  std::vector<Id<cloud::Subnet>> ids;
  for (const char* zone : {"a", "b", "c"}) {
    ids.emplace_back(absl::StrCat(vpc.value(), "-", zone));
  }
  return ids;
}

absl::StatusOr<NetworkSpec> ReadClusterNetwork(
    const v1::ClusterNetwork& network, const cloud::Place& place) {
  Violations violations;
  NetworkSpec spec;
  spec.request = WithoutObserved(network);
  spec.owner = cloud::CheckOwner(network.owner(), cloud::OwnerKind::kCluster,
                                 /*names=*/true, Field("owner"), violations);
  const bool is_owned = violations.empty();
  spec.labels =
      cloud::CheckLabels(network.labels(), Field("labels"), violations);
  spec.vpc = CheckVpc(network.vpc(), place, violations);
  spec.subnets = CheckSubnets(network, place, violations);
  spec.default_network = IsDefaultNetwork(spec, place.region);
  CheckGroups(network, place, spec, violations);
  CheckInnerBlocks(network, spec, violations);
  spec.load_balancer =
      WantsLoadBalancer(network.control_plane_endpoint(), place.capabilities);
  CheckEndpoint(network.control_plane_endpoint(), place, spec, violations);
  spec.refusal = violations.ToStatus();
  if (!is_owned) return spec.refusal;
  spec.refusal.Update(CheckCapabilities(spec, place.capabilities));
  return spec;
}

absl::StatusOr<NetworkSpec> CheckClusterNetwork(
    const v1::ClusterNetwork& network, const cloud::Place& place) {
  EVROC_ASSIGN_OR_RETURN(NetworkSpec spec, ReadClusterNetwork(network, place));
  EVROC_RETURN_IF_ERROR(spec.refusal);
  return spec;
}

}  // namespace evroc::network
