#include "tests/evroc_sim/rules/network_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rules/addresses.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

constexpr int kLargestSubnetPrefix = 16;
constexpr int kSmallestSubnetPrefix = 29;

// Counts the objects other than the requested one: a repeated POST is answered
// with 409, not with a quota that its first attempt has used up.
int CountOthers(const ChangeRequest& change, Kind kind) {
  int count = 0;
  change.store.ForEach(kind, change.wanted.key.project,
                       change.wanted.key.region, [&](const ObjectPtr& object) {
                         count += object->key == change.wanted.key ? 0 : 1;
                       });
  return count;
}

absl::Status CheckVpc(const ChangeRequest& change) {
  const JsonView blocks = change.wanted.spec["ipv4CidrBlocks"];
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto block = Cidr::Parse(blocks[i].String());
    if (!block.ok() || !IsPrivate(*block)) {
      return Invalid(absl::StrCat(
          "spec.ipv4CidrBlocks[", i, "]: Invalid value: \"", blocks[i].String(),
          "\": must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"));
    }
  }
  const int64_t limit = change.settings.Quota("vpcs_per_project");
  if (change.current == nullptr && limit >= 0 &&
      CountOthers(change, Kind::kVpc) >= limit) {
    return Forbidden(absl::StrCat(
        "admission webhook \"vpc-webhook.evroc.com\" denied the request: ",
        kNotEnoughQuota, "no VPCs left (out of ", limit, ")"));
  }
  return absl::OkStatus();
}

absl::Status CheckSubnetBlock(const ChangeRequest& change, const Object& vpc) {
  const std::string text(change.wanted.spec["ipv4CidrBlock"].String());
  const auto fail = [&](absl::string_view why) {
    return Invalid(absl::StrCat("spec.ipv4CidrBlock: Invalid value: \"", text,
                                "\": ", why));
  };
  const auto block = Cidr::Parse(text);
  if (!block.ok() || !block->is_ipv4()) {
    return fail("must be an IPv4 CIDR block");
  }
  if (block->prefix() < kLargestSubnetPrefix ||
      block->prefix() > kSmallestSubnetPrefix) {
    return fail("must be between /16 and /29");
  }
  const JsonView outer = vpc.spec["ipv4CidrBlocks"];
  bool inside = false;
  for (size_t i = 0; i < outer.size(); ++i) {
    inside |= Cidr::Parse(outer[i].String())->Contains(*block);
  }
  if (!inside) return fail("must be inside the VPC's blocks");
  for (const ObjectPtr& user : change.store.UsersOf(vpc.key)) {
    if (user->key.kind != Kind::kSubnet || user->key == change.wanted.key) {
      continue;
    }
    const auto other = Cidr::Parse(user->spec["ipv4CidrBlock"].String());
    if (other.ok() && other->Overlaps(*block)) {
      return fail(absl::StrCat("overlaps with subnet ", user->key.id));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSubnet(const ChangeRequest& change) {
  const Json& spec = change.wanted.spec;
  const absl::string_view vpc_ref = spec["vpcRef"].String();
  EVROC_RETURN_IF_ERROR(CheckRef(change, "spec.vpcRef", Kind::kVpc, vpc_ref));
  if (!IsZone(ZoneOf(change.wanted))) {
    return Invalid("spec.placement.zone: Invalid value: must be a, b or c");
  }
  const Object& vpc = *change.store.FindRef(vpc_ref);
  const bool dual = spec["stackType"].String() == "dual-stack";
  if (dual && vpc.spec["stackType"].String() == "ipv6-only") {
    return Invalid("spec.stackType: Invalid value: the VPC is ipv6-only");
  }
  if (!dual) {
    return spec["ipv4CidrBlock"].exists()
               ? Invalid("spec.ipv4CidrBlock: must be absent for ipv6-only")
               : absl::OkStatus();
  }
  return CheckSubnetBlock(change, vpc);
}

absl::Status CheckRemote(const ChangeRequest& change, const std::string& path,
                         JsonView remote) {
  int given = 0;
  for (const char* name :
       {"address", "securityGroupRef", "subnetRef", "vpcRef"}) {
    given += remote[name].exists() ? 1 : 0;
  }
  if (given != 1) {
    return Unprocessable(absl::StrCat(
        path,
        ".remote: exactly one of address, securityGroupRef, subnetRef "
        "and vpcRef must be set"));
  }
  if (remote["address"].exists()) {
    const absl::string_view address =
        remote.At("address.ipAddressOrCIDR").String();
    if (IsAddressOrBlock(address)) return absl::OkStatus();
    return Invalid(absl::StrCat(path, ".remote.address.ipAddressOrCIDR: ",
                                "Invalid value: \"", address, "\""));
  }
  if (const JsonView group = remote["securityGroupRef"]; group.exists()) {
    if (group.String() == FqidOf(change.wanted.key)) return absl::OkStatus();
    return CheckRef(change, absl::StrCat(path, ".remote.securityGroupRef"),
                    Kind::kSecurityGroup, group.String());
  }
  if (const JsonView subnet = remote["subnetRef"]; subnet.exists()) {
    return CheckRef(change, absl::StrCat(path, ".remote.subnetRef"),
                    Kind::kSubnet, subnet.String());
  }
  if (!(remote["vpcRef"] == change.wanted.spec["vpcRef"])) {
    return Invalid(absl::StrCat(
        path, ".remote.vpcRef: Invalid value: must be the group's own VPC"));
  }
  return absl::OkStatus();
}

absl::Status CheckPorts(const std::string& path, JsonView rule) {
  const int64_t port = rule["port"].Integer();
  const int64_t end = rule["endPort"].Integer();
  const absl::string_view protocol = rule["protocol"].String();
  if (port < 0 || port > 65535 || end < 0 || end > 65535 ||
      (end != 0 && end < port)) {
    return Unprocessable(absl::StrCat(path, ": Invalid value: ports"));
  }
  if ((port != 0 || end != 0) && protocol != "TCP" && protocol != "UDP") {
    return Unprocessable(
        absl::StrCat(path, ".port: only allowed with TCP and UDP"));
  }
  return absl::OkStatus();
}

const std::set<std::string>& Protocols() {
  static const auto* const protocols =
      new std::set<std::string>{"", "TCP", "UDP", "ICMP", "All"};
  return *protocols;
}

absl::Status CheckSecurityGroup(const ChangeRequest& change) {
  const Json& spec = change.wanted.spec;
  EVROC_RETURN_IF_ERROR(
      CheckRef(change, "spec.vpcRef", Kind::kVpc, spec["vpcRef"].String()));
  std::set<std::string> names;
  const JsonView rules = spec["rules"];
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string path = absl::StrCat("spec.rules[", i, "]");
    const std::string protocol(rules[i]["protocol"].String("All"));
    if (!Protocols().contains(protocol)) {
      return Invalid(absl::StrCat(path, ".protocol: Unsupported value: \"",
                                  protocol, "\""));
    }
    EVROC_RETURN_IF_ERROR(CheckPorts(path, rules[i]));
    EVROC_RETURN_IF_ERROR(CheckRemote(change, path, rules[i]["remote"]));
    const std::string name(rules[i]["name"].String());
    if (!name.empty() && !names.insert(name).second) {
      return Unprocessable(
          absl::StrCat(path, ".name: Duplicate value: \"", name, "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPublicIp(const ChangeRequest& change) {
  const int64_t limit = change.settings.Quota("public_ips");
  if (change.current != nullptr || limit < 0) return absl::OkStatus();
  const int64_t count =
      UsageOf(change.store, change.now, &change.wanted.key).public_ips;
  if (count < limit) return absl::OkStatus();
  return Forbidden(absl::StrCat(
      "admission webhook \"publicip-webhook.evroc.com\" denied the request: ",
      kNotEnoughQuota, "no public IPs left (out of ", limit, ")"));
}

}  // namespace

absl::Status CheckNetworkSpec(const ChangeRequest& change) {
  switch (change.wanted.key.kind) {
    case Kind::kVpc:
      return CheckVpc(change);
    case Kind::kSubnet:
      return CheckSubnet(change);
    case Kind::kSecurityGroup:
      return CheckSecurityGroup(change);
    default:
      return CheckPublicIp(change);
  }
}

}  // namespace evroc::sim
