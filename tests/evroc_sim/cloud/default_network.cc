#include "tests/evroc_sim/cloud/default_network.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/model/catalogue.h"

namespace evroc::sim {
namespace {

Json Rule(const char* name, const char* direction, const char* protocol,
          int port, const char* cidr) {
  Json rule = Json::Object(
      {{"name", name}, {"direction", direction}, {"protocol", protocol}});
  if (port != 0) rule.Set("port", port);
  rule.SetAt("remote.address.ipAddressOrCIDR", cidr);
  return rule;
}

}  // namespace

std::vector<Object> DefaultNetwork(const std::string& project,
                                   const std::string& region) {
  std::vector<Object> objects;
  const auto add = [&](Kind kind, std::string id, Json spec) {
    Object& object = objects.emplace_back();
    object.key = {kind, project, region, std::move(id)};
    object.system_labels["networking.evroc.com/managed-network"] = "default";
    object.spec = std::move(spec);
  };
  const std::string name = absl::StrCat("default-", region);
  add(Kind::kVpc, name, Json::Object());
  const std::string vpc = FqidOf(objects[0].key);
  for (int i = 0; i < 3; ++i) {
    add(Kind::kSubnet, absl::StrCat(name, "-", kZones[i]),
        Json::Object({{"vpcRef", vpc},
                      {"ipv4CidrBlock", absl::StrCat("10.0.", i + 1, ".0/24")},
                      {"placement", Json::Object({{"zone", kZones[i]}})}}));
  }
  add(Kind::kSecurityGroup, "default-allow-egress",
      Json::Object(
          {{"vpcRef", vpc},
           {"rules",
            Json::Array({Rule("all-ipv4", "Egress", "All", 0, "0.0.0.0/0"),
                         Rule("all-ipv6", "Egress", "All", 0, "::/0")})}}));
  add(Kind::kSecurityGroup, "default-allow-ssh",
      Json::Object(
          {{"vpcRef", vpc},
           {"rules",
            Json::Array({Rule("ssh-ipv4", "Ingress", "TCP", 22, "0.0.0.0/0"),
                         Rule("ssh-ipv6", "Ingress", "TCP", 22, "::/0")})}}));
  return objects;
}

}  // namespace evroc::sim
