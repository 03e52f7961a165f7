#include "services/network/security_rules.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"

namespace evroc::network {
namespace {

using cloud::Direction;
using cloud::Protocol;
using cloud::SecurityRule;

constexpr int kFirstEtcdPort = 2379;
constexpr int kLastEtcdPort = 2380;
constexpr int kFirstNodePort = 30000;
constexpr int kLastNodePort = 32767;

// Target and health-check ports, each once.
std::set<int> ServedPorts(const NetworkSpec& spec) {
  std::set<int> ports;
  for (const EndpointPort& port : spec.ports) {
    ports.insert(port.target_port);
    ports.insert(port.health_check_port);
  }
  return ports;
}

std::vector<std::string> Allowed(const NetworkSpec& spec) {
  if (!spec.api_allowed_cidrs.empty()) return spec.api_allowed_cidrs;
  return {"0.0.0.0/0", "::/0"};
}

void AddPublicEndpoint(const NetworkSpec& spec,
                       std::vector<SecurityRule>& rules) {
  for (const EndpointPort& port : spec.ports) {
    int number = 0;
    for (const std::string& cidr : Allowed(spec)) {
      rules.push_back(
          {.name = absl::StrCat("capi-endpoint-", port.port, "-", ++number),
           .protocol = Protocol::kTcp,
           .port = port.target_port,
           .remote = {.cidr = cidr}});
    }
  }
}

}  // namespace

std::vector<SecurityRule> CommonRules(const Id<cloud::SecurityGroup>& group) {
  return {
      {.name = "capi-egress-ipv4",
       .direction = Direction::kEgress,
       .remote = {.cidr = "0.0.0.0/0"}},
      {.name = "capi-egress-ipv6",
       .direction = Direction::kEgress,
       .remote = {.cidr = "::/0"}},
      {.name = "capi-between-machines", .remote = {.security_group = group}}};
}

std::vector<SecurityRule> ControlPlaneRules(
    const NetworkSpec& spec, const Id<cloud::SecurityGroup>& group,
    const Id<cloud::Vpc>& vpc) {
  std::vector<SecurityRule> rules = {{.name = "capi-etcd",
                                      .protocol = Protocol::kTcp,
                                      .port = kFirstEtcdPort,
                                      .end_port = kLastEtcdPort,
                                      .remote = {.security_group = group}}};
  // Behind a load balancer too: whether the machines see its address, in the
  // VPC, or the client's is not known (evroc-api.md D.18).
  AddPublicEndpoint(spec, rules);
  if (vpc.empty()) return rules;
  for (const int port : ServedPorts(spec)) {
    rules.push_back({.name = absl::StrCat("capi-vpc-", port),
                     .protocol = Protocol::kTcp,
                     .port = port,
                     .remote = {.vpc = vpc}});
  }
  return rules;
}

std::vector<SecurityRule> WorkerRules(const Id<cloud::Vpc>& vpc) {
  if (vpc.empty()) return {};
  const auto node_ports = [&](const char* name, Protocol protocol) {
    return SecurityRule{.name = name,
                        .protocol = protocol,
                        .port = kFirstNodePort,
                        .end_port = kLastNodePort,
                        .remote = {.vpc = vpc}};
  };
  return {node_ports("capi-node-ports-tcp", Protocol::kTcp),
          node_ports("capi-node-ports-udp", Protocol::kUdp)};
}

bool SameRules(const std::vector<cloud::SecurityRule>& a,
               const std::vector<cloud::SecurityRule>& b) {
  const auto plain = [](std::vector<cloud::SecurityRule> rules) {
    for (cloud::SecurityRule& rule : rules) {
      const auto cidr = Cidr::ParseAddressOrBlock(rule.remote.cidr.str());
      if (cidr.ok()) rule.remote.cidr = cidr->ToString();
    }
    return rules;
  };
  const std::vector<cloud::SecurityRule> plain_a = plain(a);
  const std::vector<cloud::SecurityRule> plain_b = plain(b);
  return std::is_permutation(plain_a.begin(), plain_a.end(), plain_b.begin(),
                             plain_b.end());
}

bool HasRules(const NetworkSpec& spec, const cloud::SecurityGroup& group,
              const cloud::SecurityGroup& wanted) {
  if (spec.owner.resource_prefix.empty()) {
    return SameRules(group.rules, wanted.rules);
  }
  const auto nameless = [](std::vector<SecurityRule> rules) {
    for (SecurityRule& rule : rules) rule.name = "";
    return rules;
  };
  return SameRules(nameless(group.rules), nameless(wanted.rules));
}

}  // namespace evroc::network
