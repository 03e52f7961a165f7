#include "shim/cache/security_groups.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/names/dns_label.h"
#include "shim/cache/json_fields.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kMachinePrefix = "machine-";
constexpr size_t kHashLength = 10;

SecurityRuleSpec DecodeRule(JsonView rule) {
  return {.name = ReadText(rule, "name"),
          .direction = ReadText(rule, "direction"),
          .protocol = ReadText(rule, "protocol"),
          .port = ReadInt(rule, "port"),
          .end_port = ReadInt(rule, "endPort"),
          .remote_cidr = ReadText(rule, "remoteCIDR"),
          .remote_security_group = ReadText(rule, "remoteSecurityGroup"),
          .subnet_id = ReadText(rule, "subnetID"),
          .vpc = rule["vpc"].Bool()};
}

SecurityGroupSpec DecodeGroup(JsonView group) {
  SecurityGroupSpec decoded{.name = ReadText(group, "name"), .rules = {}};
  const JsonView rules = group["rules"];
  decoded.rules.reserve(rules.size());
  for (size_t i = 0; i < rules.size(); ++i) {
    decoded.rules.push_back(DecodeRule(rules[i]));
  }
  return decoded;
}

// Groups in the cloud are found by it, so the hash of given rules stays what it
// is: what rules may have one day is added only where it is set.
std::string HashOf(const SecurityGroupSpec& group) {
  std::string text;
  const auto add = [&](absl::string_view part) {
    absl::StrAppend(&text, part.size(), ":", part);
  };
  add(group.name);
  for (const SecurityRuleSpec& rule : group.rules) {
    add(rule.name);
    add(rule.direction);
    add(rule.protocol);
    add(absl::StrCat(rule.port, "-", rule.end_port));
    add(rule.remote_cidr);
    add(rule.remote_security_group);
    add(rule.subnet_id);
    add(rule.vpc ? "vpc" : "");
  }
  return Sha256Hex(text).substr(0, kHashLength);
}

}  // namespace

SecurityGroupsSpec DecodeSecurityGroups(JsonView groups) {
  SecurityGroupsSpec decoded;
  const JsonView inline_groups = groups["inlineSecurityGroups"];
  decoded.inline_groups.reserve(inline_groups.size());
  for (size_t i = 0; i < inline_groups.size(); ++i) {
    decoded.inline_groups.push_back(DecodeGroup(inline_groups[i]));
  }
  decoded.existing_ids = ReadTexts(groups["existingIDs"]);
  for (std::string& name : ReadTexts(groups["existingNames"])) {
    decoded.existing_ids.push_back(std::move(name));
  }
  std::erase(decoded.existing_ids, "");
  return decoded;
}

std::string ClusterGroupName(const SecurityGroupSpec& group) {
  std::string label = DnsLabelOf(group.name);
  return absl::StartsWith(label, kMachinePrefix)
             ? DnsLabelOf(absl::StrCat("group ", group.name))
             : label;
}

std::string MachineGroupName(const SecurityGroupSpec& group) {
  const std::string start = absl::StrCat(kMachinePrefix, group.name);
  const std::string readable = ReadableLabel(
      ReadableLabel(start).substr(0, kMaxDnsLabel - kHashLength - 1));
  return absl::StrCat(readable, "-", HashOf(group));
}

}  // namespace evroc::shim
