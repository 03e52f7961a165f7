#include "services/network/security_rules.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::network {
namespace {

using cloud::Direction;
using cloud::Protocol;
using cloud::SecurityRule;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Id<cloud::SecurityGroup>& Group() {
  static const auto* const group = new Id<cloud::SecurityGroup>("group");
  return *group;
}
const Id<cloud::Vpc>& OwnVpc() {
  static const auto* const vpc = new Id<cloud::Vpc>("vpc");
  return *vpc;
}

SecurityRule Etcd() {
  return {.name = "capi-etcd",
          .protocol = Protocol::kTcp,
          .port = 2379,
          .end_port = 2380,
          .remote = {.security_group = Group()}};
}

SecurityRule FromVpc(const std::string& name, int port) {
  return {.name = name,
          .protocol = Protocol::kTcp,
          .port = port,
          .remote = {.vpc = OwnVpc()}};
}

SecurityRule FromBlock(const std::string& name, int port,
                       const std::string& cidr) {
  return {.name = name,
          .protocol = Protocol::kTcp,
          .port = port,
          .remote = {.cidr = cidr}};
}

// A rule's block limits it to one family: evroc-api.md B.6.2.
TEST(CommonRulesTest, LetEverythingOutAndMachinesTalkToEachOther) {
  EXPECT_THAT(CommonRules(Group()),
              ElementsAre(SecurityRule{.name = "capi-egress-ipv4",
                                       .direction = Direction::kEgress,
                                       .remote = {.cidr = "0.0.0.0/0"}},
                          SecurityRule{.name = "capi-egress-ipv6",
                                       .direction = Direction::kEgress,
                                       .remote = {.cidr = "::/0"}},
                          SecurityRule{.name = "capi-between-machines",
                                       .remote = {.security_group = Group()}}));
}

// D.18: the machines see the load balancer's address or the client's.
TEST(ControlPlaneRulesTest, ALoadBalancersTrafficComesFromTheVpcOrFromAnyone) {
  NetworkSpec spec;
  spec.load_balancer = true;
  spec.ports = {{.port = 443, .target_port = 6443, .health_check_port = 6443},
                {.port = 9345, .target_port = 9345, .health_check_port = 9346}};
  EXPECT_THAT(
      ControlPlaneRules(spec, Group(), OwnVpc()),
      ElementsAre(Etcd(), FromBlock("capi-endpoint-443-1", 6443, "0.0.0.0/0"),
                  FromBlock("capi-endpoint-443-2", 6443, "::/0"),
                  FromBlock("capi-endpoint-9345-1", 9345, "0.0.0.0/0"),
                  FromBlock("capi-endpoint-9345-2", 9345, "::/0"),
                  FromVpc("capi-vpc-6443", 6443),
                  FromVpc("capi-vpc-9345", 9345),
                  FromVpc("capi-vpc-9346", 9346)));
}

TEST(ControlPlaneRulesTest, APublicIpIsOpenToAllUnlessTheyAreNamed) {
  NetworkSpec spec;
  spec.ports = {{.port = 443, .target_port = 6443, .health_check_port = 6443}};
  EXPECT_THAT(
      ControlPlaneRules(spec, Group(), OwnVpc()),
      ElementsAre(Etcd(), FromBlock("capi-endpoint-443-1", 6443, "0.0.0.0/0"),
                  FromBlock("capi-endpoint-443-2", 6443, "::/0"),
                  FromVpc("capi-vpc-6443", 6443)));
  spec.api_allowed_cidrs = {"192.0.2.0/24"};
  EXPECT_THAT(
      ControlPlaneRules(spec, Group(), OwnVpc()),
      ElementsAre(Etcd(),
                  FromBlock("capi-endpoint-443-1", 6443, "192.0.2.0/24"),
                  FromVpc("capi-vpc-6443", 6443)));
}

// Dialect A.
TEST(ControlPlaneRulesTest, WithoutAVpcNoRuleNamesOne) {
  NetworkSpec spec;
  spec.ports = {{.port = 6443, .target_port = 6443, .health_check_port = 6443}};
  spec.api_allowed_cidrs = {"192.0.2.0/24"};
  EXPECT_THAT(ControlPlaneRules(spec, Group(), {}),
              ElementsAre(Etcd(), FromBlock("capi-endpoint-6443-1", 6443,
                                            "192.0.2.0/24")));
}

TEST(WorkerRulesTest, OpenTheNodePortsToTheVpc) {
  SecurityRule tcp = FromVpc("capi-node-ports-tcp", 30000);
  tcp.end_port = 32767;
  SecurityRule udp = tcp;
  udp.name = "capi-node-ports-udp";
  udp.protocol = Protocol::kUdp;
  EXPECT_THAT(WorkerRules(OwnVpc()), ElementsAre(tcp, udp));
  EXPECT_THAT(WorkerRules({}), IsEmpty());
}

TEST(SameRulesTest, OrderAndSpellingHaveNoMeaning) {
  const auto rule = [](const char* cidr, int port) {
    cloud::SecurityRule rule;
    rule.port = port;
    rule.remote.cidr = cidr;
    return rule;
  };
  EXPECT_TRUE(SameRules({rule("2001:DB8::/32", 1), rule("10.0.0.1", 2)},
                        {rule("10.0.0.1/32", 2), rule("2001:db8::/32", 1)}));
  EXPECT_FALSE(SameRules({rule("10.0.0.1", 1)}, {rule("10.0.0.2", 1)}));
  EXPECT_FALSE(SameRules({rule("10.0.0.1", 1)}, {rule("10.0.0.1", 2)}));
  EXPECT_FALSE(SameRules({rule("10.0.0.1", 1)},
                         {rule("10.0.0.1", 1), rule("10.0.0.1", 1)}));
}

TEST(HasRulesTest, WhatTheOfficialProviderCalledThemDoesNotCount) {
  const auto group = [](const char* name, int port) {
    cloud::SecurityGroup group;
    group.rules = {{.name = name, .port = port}};
    return group;
  };
  NetworkSpec spec;
  EXPECT_TRUE(HasRules(spec, group("web", 80), group("web", 80)));
  EXPECT_FALSE(HasRules(spec, group("The web", 80), group("the-web", 80)));
  spec.owner.resource_prefix = "prod-0123abcd";
  EXPECT_TRUE(HasRules(spec, group("The web", 80), group("the-web", 80)));
  EXPECT_FALSE(HasRules(spec, group("web", 80), group("web", 81)));
}

}  // namespace
}  // namespace evroc::network
