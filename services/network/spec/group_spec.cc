#include "services/network/spec/group_spec.h"

#include <set>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "common/net/cidr.h"
#include "services/fields/common_fields.h"
#include "services/identity/owner_labels.h"

namespace evroc::network {
namespace {

using cloud::Id;
using google::protobuf::RepeatedPtrField;

constexpr int kMaxRules = 200;
constexpr int kMaxExistingGroups = 500;
// Machines that were taken over have groups of their own. So many with a few
// rules each fit into a message.
constexpr int kMaxAdditionalGroups = 10'000;

cloud::Protocol FromProto(v1::SecurityRule::Protocol protocol) {
  switch (protocol) {
    case v1::SecurityRule::PROTOCOL_TCP:
      return cloud::Protocol::kTcp;
    case v1::SecurityRule::PROTOCOL_UDP:
      return cloud::Protocol::kUdp;
    case v1::SecurityRule::PROTOCOL_ICMP:
      return cloud::Protocol::kIcmp;
    default:
      return cloud::Protocol::kAll;
  }
}

void CheckPorts(const v1::SecurityRule& rule, const std::string& field,
                Violations& violations) {
  violations.Check(rule.port() >= 0 && rule.port() <= 65535, field + ".port",
                   "is not between 0 and 65535");
  violations.Check(rule.end_port() == 0 || (rule.end_port() >= rule.port() &&
                                            rule.end_port() <= 65535),
                   field + ".end_port", "is not between port and 65535");
}

template <typename T>
Id<T> CheckRequired(const std::string& text, const cloud::Place& place,
                    const std::string& field, Violations& violations) {
  violations.Check(!text.empty(), field, "is empty");
  return cloud::CheckReference<T>(text, place, field, violations);
}

void CheckRemote(const v1::SecurityRule& rule, const cloud::Place& place,
                 const std::string& field, RuleSpec& spec,
                 Violations& violations) {
  switch (rule.remote_case()) {
    case v1::SecurityRule::kCidr: {
      const absl::StatusOr<Cidr> block = Cidr::ParseAddressOrBlock(rule.cidr());
      violations.Check(block.ok(), field + ".cidr",
                       block.ok() ? "" : block.status().message());
      spec.rule.remote.cidr = CanonicalAddress(rule.cidr());
      return;
    }
    case v1::SecurityRule::kSecurityGroupId:
      spec.rule.remote.security_group = CheckRequired<cloud::SecurityGroup>(
          rule.security_group_id(), place, field + ".security_group_id",
          violations);
      return;
    case v1::SecurityRule::kSubnetId:
      spec.rule.remote.subnet = CheckRequired<cloud::Subnet>(
          rule.subnet_id(), place, field + ".subnet_id", violations);
      return;
    case v1::SecurityRule::kVpc:
      violations.Check(rule.vpc(), field + ".vpc", "can only be true");
      spec.from_vpc = true;
      return;
    case v1::SecurityRule::REMOTE_NOT_SET:
      return;  // passed on: the cloud says what it thinks of it
  }
}

RuleSpec CheckRule(const v1::SecurityRule& rule, const cloud::Place& place,
                   const std::string& field, Violations& violations) {
  violations.Check(IsDnsLabel(rule.name()), field + ".name",
                   "is required: an RFC 1123 label of at most 63 characters");
  violations.Check(!absl::StartsWith(rule.name(), cloud::kLabelPrefix),
                   field + ".name", "\"capi-\" is kept for built-in rules");
  violations.Check(rule.direction() == v1::SecurityRule::DIRECTION_INGRESS ||
                       rule.direction() == v1::SecurityRule::DIRECTION_EGRESS,
                   field + ".direction", "is required");
  CheckPorts(rule, field, violations);
  RuleSpec spec{.rule = {.name = rule.name(),
                         .direction = rule.direction() ==
                                              v1::SecurityRule::DIRECTION_EGRESS
                                          ? cloud::Direction::kEgress
                                          : cloud::Direction::kIngress,
                         .protocol = FromProto(rule.protocol()),
                         .port = rule.port(),
                         .end_port = rule.end_port()}};
  CheckRemote(rule, place, field, spec, violations);
  return spec;
}

std::vector<RuleSpec> CheckRules(
    const RepeatedPtrField<v1::SecurityRule>& rules, const cloud::Place& place,
    const std::string& field, Violations& violations) {
  std::vector<RuleSpec> specs;
  std::set<std::string> names;
  if (!violations.CheckSize(rules.size(), kMaxRules, field)) return specs;
  for (int i = 0; i < rules.size(); ++i) {
    const std::string each = absl::StrCat(field, "[", i, "]");
    violations.Check(names.insert(rules[i].name()).second, each + ".name",
                     "is there twice");
    specs.push_back(CheckRule(rules[i], place, each, violations));
  }
  return specs;
}

}  // namespace

GroupSpec CheckRoleGroup(const v1::RoleSecurityGroup& group,
                         const cloud::Place& place, const std::string& field,
                         Violations& violations) {
  const size_t before = violations.count();
  GroupSpec spec{
      .rules = CheckRules(group.rules(), place, field + ".rules", violations)};
  spec.refused = violations.count() > before;
  if (!violations.CheckSize(group.existing_ids_size(), kMaxExistingGroups,
                            field + ".existing_ids")) {
    return spec;
  }
  for (int i = 0; i < group.existing_ids_size(); ++i) {
    spec.existing_ids.push_back(
        CheckRequired<cloud::SecurityGroup>(
            group.existing_ids(i), place,
            absl::StrCat(field, ".existing_ids[", i, "]"), violations)
            .value());
  }
  return spec;
}

std::vector<GroupSpec> CheckAdditionalGroups(
    const RepeatedPtrField<v1::NamedSecurityGroup>& groups,
    const cloud::Place& place, const std::string& field,
    Violations& violations) {
  std::vector<GroupSpec> specs;
  std::set<std::string> names;
  std::set<std::string> ids;
  if (!violations.CheckSize(groups.size(), kMaxAdditionalGroups, field)) {
    return specs;
  }
  for (int i = 0; i < groups.size(); ++i) {
    const v1::NamedSecurityGroup& group = groups[i];
    const std::string each = absl::StrCat(field, "[", i, "]");
    const size_t before = violations.count();
    violations.Check(IsDnsLabel(group.name()), each + ".name",
                     "is required: an RFC 1123 label of at most 63 characters");
    violations.Check(names.insert(group.name()).second, each + ".name",
                     "is there twice");
    violations.Check(group.id().empty() || IsDnsLabel(group.id()), each + ".id",
                     "is not an RFC 1123 label of at most 63 characters");
    violations.Check(group.id().empty() || ids.insert(group.id()).second,
                     each + ".id", "is there twice");
    specs.push_back(
        {.name = group.name(),
         .id = Id<cloud::SecurityGroup>(group.id()),
         .rules = CheckRules(group.rules(), place, each + ".rules", violations),
         .existing_ids = {},
         .labels =
             cloud::CheckLabels(group.labels(), each + ".labels", violations)});
    if (violations.count() > before) specs.pop_back();
  }
  return specs;
}

}  // namespace evroc::network
