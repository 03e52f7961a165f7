#include "services/evroc/rest/rest_network_codec.h"

#include <utility>

#include "services/evroc/codec/fields.h"

namespace evroc::cloud {
namespace {

Json RuleToJson(const RestScope& scope, const SecurityRule& rule) {
  Json json = Json::Object({{"direction", DirectionName(rule.direction)},
                            {"protocol", ProtocolName(rule.protocol)}});
  SetText(json, "name", rule.name);
  if (rule.port != 0) json.Set("port", rule.port);
  if (rule.end_port != 0) json.Set("endPort", rule.end_port);
  Json remote = Json::Object();
  SetText(remote, "address.ipAddressOrCIDR", rule.remote.cidr);
  SetReference(scope, remote, "securityGroupRef", rule.remote.security_group);
  SetReference(scope, remote, "subnetRef", rule.remote.subnet);
  SetReference(scope, remote, "vpcRef", rule.remote.vpc);
  json.Set("remote", std::move(remote));
  return json;
}

SecurityRule ReadRule(const RestScope& scope, JsonView json) {
  SecurityRule rule;
  if (!ReadRuleWithoutRemote(json, rule)) return rule;
  const JsonView remote = json["remote"];
  rule.remote.cidr = ReadAddress(remote.At("address.ipAddressOrCIDR"));
  Read(scope, remote["securityGroupRef"], rule.remote.security_group);
  Read(scope, remote["subnetRef"], rule.remote.subnet);
  Read(scope, remote["vpcRef"], rule.remote.vpc);
  return rule;
}

}  // namespace

Json RestSpec(const RestScope& /*scope*/, const Vpc& vpc) {
  Json spec = Json::Object();
  if (!vpc.ipv4_cidr_blocks.empty()) {
    spec.Set("ipv4CidrBlocks", ToJson(vpc.ipv4_cidr_blocks));
  }
  SetText(spec, "stackType", StackTypeName(vpc.stack_type));
  return spec;
}

void ReadRest(const RestScope& /*scope*/, JsonView object, Vpc& vpc) {
  const JsonView spec = object["spec"];
  vpc.ipv4_cidr_blocks = ReadAddresses(spec["ipv4CidrBlocks"]);
  vpc.stack_type = ReadStackType(spec["stackType"]);
  const JsonView status = object["status"];
  vpc.status.conditions = ReadConditions(status["conditions"]);
  vpc.status.assigned_ipv4_cidr_blocks =
      ReadAddresses(status["assignedIPv4CidrBlocks"]);
  vpc.status.assigned_ipv6_block = ReadAddress(status["assignedIPv6GUABlock"]);
}

Json RestSpec(const RestScope& scope, const Subnet& subnet) {
  Json spec = Json::Object({{"placement", Json::Object()}});
  SetReference(scope, spec, "vpcRef", subnet.vpc);
  SetText(spec, "ipv4CidrBlock", subnet.ipv4_cidr_block);
  SetText(spec, "placement.zone", subnet.zone);
  // Required by the server, unlike anywhere else.
  StackType type = subnet.stack_type;
  if (type == StackType::kUnset) {
    type = subnet.ipv4_cidr_block.empty() ? StackType::kIpv6Only
                                          : StackType::kDualStack;
  }
  SetText(spec, "stackType", StackTypeName(type));
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, Subnet& subnet) {
  const JsonView spec = object["spec"];
  Read(scope, spec["vpcRef"], subnet.vpc);
  subnet.ipv4_cidr_block = ReadAddress(spec["ipv4CidrBlock"]);
  subnet.zone = std::string(spec.At("placement.zone").String());
  subnet.stack_type = ReadStackType(spec["stackType"]);
  const JsonView status = object["status"];
  subnet.status.conditions = ReadConditions(status["conditions"]);
  subnet.status.assigned_ipv6_block =
      ReadAddress(status["assignedIPv6GUABlock"]);
}

Json RestSpec(const RestScope& scope, const SecurityGroup& group) {
  Json rules = Json::Array();
  for (const SecurityRule& rule : group.rules) {
    rules.Push(RuleToJson(scope, rule));
  }
  Json spec = Json::Object({{"rules", std::move(rules)}});
  SetReference(scope, spec, "vpcRef", group.vpc);
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, SecurityGroup& group) {
  const JsonView spec = object["spec"];
  Read(scope, spec["vpcRef"], group.vpc);
  const JsonView rules = spec["rules"];
  for (size_t i = 0; i < rules.size(); ++i) {
    group.rules.push_back(ReadRule(scope, rules[i]));
  }
  const JsonView status = object["status"];
  group.status.conditions = ReadConditions(status["conditions"]);
  const JsonView members = status["members"];
  for (size_t i = 0; i < members.size(); ++i) {
    const JsonView member = members[i]["securityGroupMemberRef"];
    if (!member.is_string()) continue;
    Read(scope, member, group.status.members.emplace_back());
  }
}

Json RestSpec(const RestScope& /*scope*/, const PublicIp& /*address*/) {
  return Json::Object();
}

void ReadRest(const RestScope& /*scope*/, JsonView object, PublicIp& address) {
  const JsonView status = object["status"];
  address.status.conditions = ReadConditions(status["conditions"]);
  address.status.address = ReadAddress(status["publicIPv4Address"]);
  address.status.used_by = std::string(status["usedByRef"].String());
}

}  // namespace evroc::cloud
