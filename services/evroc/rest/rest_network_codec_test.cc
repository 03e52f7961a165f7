#include "services/evroc/rest/rest_network_codec.h"

#include <cstdint>

#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/object_generator.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;

const RestScope& Scope() {
  static const RestScope* const scope =
      new RestScope{.project = "p", .region = "se-sto"};
  return *scope;
}

template <typename T>
T Read(absl::string_view object) {
  T value;
  ReadRest(Scope(), MustParse(object), value);
  return value;
}

TEST(RestVpcTest, WritesWhatIsSet) {
  EXPECT_EQ(RestSpec(Scope(), Vpc()), MustParse("{}"));
  Vpc vpc;
  vpc.ipv4_cidr_blocks = {"10.0.0.0/16", "172.16.0.0/16"};
  vpc.stack_type = StackType::kDualStack;
  EXPECT_EQ(RestSpec(Scope(), vpc), MustParse(R"({
    "ipv4CidrBlocks": ["10.0.0.0/16", "172.16.0.0/16"],
    "stackType": "dual-stack"})"));
}

TEST(RestVpcTest, ReadsSpecAndStatus) {
  Vpc expected;
  expected.ipv4_cidr_blocks = {"10.0.0.0/16"};
  expected.stack_type = StackType::kIpv6Only;
  expected.status.conditions = {{"Ready", ConditionStatus::kTrue, "R", ""}};
  expected.status.assigned_ipv4_cidr_blocks = {"10.0.0.0/16"};
  expected.status.assigned_ipv6_block = "2001:db8::/56";
  EXPECT_EQ(Read<Vpc>(R"({
    "spec": {"ipv4CidrBlocks": ["10.0.0.0/16"], "stackType": "ipv6-only"},
    "status": {
      "conditions": [{"type": "Ready", "status": "True", "reason": "R"}],
      "stackType": "ipv6-only",
      "assignedIPv4CidrBlocks": ["10.0.0.0/16"],
      "availableIPv4CidrBlocks": ["10.0.4.0/22"],
      "assignedIPv6GUABlock": "2001:db8::/56",
      "subnets": {"allocatedSubnets": [], "invalidSubnets": []}}})"),
            expected);
}

TEST(RestSubnetTest, WritesEveryMember) {
  Subnet subnet;
  subnet.vpc = Id<Vpc>("v1");
  subnet.ipv4_cidr_block = "10.0.1.0/24";
  subnet.zone = "a";
  subnet.stack_type = StackType::kDualStack;
  EXPECT_EQ(RestSpec(Scope(), subnet), MustParse(R"({
    "vpcRef": "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1",
    "ipv4CidrBlock": "10.0.1.0/24",
    "placement": {"zone": "a"},
    "stackType": "dual-stack"})"));
}

// B.6.4: required; an IPv4 block is needed by the one and forbidden by the
// other.
TEST(RestSubnetTest, TheBlockDecidesOnAStackTypeThatIsNotSet) {
  Subnet subnet;
  EXPECT_EQ(RestSpec(Scope(), subnet),
            MustParse(R"({"placement": {}, "stackType": "ipv6-only"})"));
  subnet.ipv4_cidr_block = "10.0.1.0/24";
  EXPECT_EQ(RestSpec(Scope(), subnet)["stackType"].String(), "dual-stack");
  subnet.stack_type = StackType::kIpv4Only;
  EXPECT_EQ(RestSpec(Scope(), subnet)["stackType"].String(), "ipv4-only");
}

TEST(RestSubnetTest, ReadsSpecAndStatus) {
  Subnet expected;
  expected.vpc = Id<Vpc>("v1");
  expected.ipv4_cidr_block = "10.0.1.0/24";
  expected.zone = "a";
  expected.stack_type = StackType::kDualStack;
  expected.status.conditions = {{"Ready", ConditionStatus::kFalse, "R", "m"}};
  expected.status.assigned_ipv6_block = "2001:db8::/64";
  EXPECT_EQ(Read<Subnet>(R"({
    "spec": {
      "vpcRef": "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1",
      "stackType": "dual-stack", "ipv4CidrBlock": "10.0.1.0/24",
      "placement": {"zone": "a"}},
    "status": {
      "conditions": [
        {"type": "Ready", "status": "False", "reason": "R", "message": "m"}],
      "placement": {"zone": "a"},
      "assignedIPv6GUABlock": "2001:db8::/64",
      "availableIPv4AddressCount": 252}})"),
            expected);
}

TEST(RestSecurityGroupTest, WritesEachKindOfRemote) {
  SecurityGroup group;
  group.vpc = Id<Vpc>("v1");
  group.rules = {
      {.name = "ssh",
       .direction = Direction::kIngress,
       .protocol = Protocol::kTcp,
       .port = 22,
       .remote = {.cidr = "0.0.0.0/0"}},
      {.name = "nodes",
       .direction = Direction::kIngress,
       .protocol = Protocol::kUdp,
       .port = 30000,
       .end_port = 32767,
       .remote = {.security_group = Id<SecurityGroup>("workers")}},
      {.direction = Direction::kEgress,
       .protocol = Protocol::kIcmp,
       .remote = {.subnet = Id<Subnet>("s1")}},
      {.direction = Direction::kEgress, .remote = {.vpc = Id<Vpc>("v1")}}};
  EXPECT_EQ(RestSpec(Scope(), group), MustParse(R"({
    "vpcRef": "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1",
    "rules": [
      {"name": "ssh", "direction": "Ingress", "protocol": "TCP", "port": 22,
       "remote": {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}},
      {"name": "nodes", "direction": "Ingress", "protocol": "UDP",
       "port": 30000, "endPort": 32767,
       "remote": {"securityGroupRef":
         "/networking/projects/p/regions/se-sto/securityGroups/workers"}},
      {"direction": "Egress", "protocol": "ICMP",
       "remote": {"subnetRef":
         "/networking/projects/p/regions/se-sto/subnets/s1"}},
      {"direction": "Egress", "protocol": "All",
       "remote": {"vpcRef":
        "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1"}}]})"));
}

TEST(RestSecurityGroupTest, AGroupWithoutRulesHasAnEmptyList) {
  EXPECT_EQ(RestSpec(Scope(), SecurityGroup()), MustParse(R"({"rules": []})"));
}

TEST(RestSecurityGroupTest, ReadsRulesAndMembers) {
  const auto group = Read<SecurityGroup>(R"({
    "spec": {
      "vpcRef": "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v1",
      "rules": [
        {"name": "ssh", "direction": "Ingress", "protocol": "TCP", "port": 22,
         "remote": {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}},
        {"direction": "Egress",
         "remote": {"address": {"ipAddressOrCIDR": "::/0"}}}]},
    "status": {
      "conditions": [{"type": "Ready", "status": "True"}],
      "members": [
        {"securityGroupMemberRef":
           "/compute/projects/p/regions/se-sto/virtualMachines/vm1",
         "status": "Active"},
        {"status": "Pending"},
        {"securityGroupMemberRef":
           "/compute/projects/p/regions/se-sto/virtualMachines/vm2",
         "status": "Pending"}]}})");
  EXPECT_EQ(group.vpc, Id<Vpc>("v1"));
  EXPECT_THAT(group.rules,
              ElementsAre(SecurityRule{.name = "ssh",
                                       .direction = Direction::kIngress,
                                       .protocol = Protocol::kTcp,
                                       .port = 22,
                                       .remote = {.cidr = "0.0.0.0/0"}},
                          SecurityRule{.direction = Direction::kEgress,
                                       .protocol = Protocol::kAll,
                                       .remote = {.cidr = "::/0"}}));
  EXPECT_TRUE(IsReady(group.status.conditions));
  EXPECT_THAT(group.status.members, ElementsAre(Id<VirtualMachine>("vm1"),
                                                Id<VirtualMachine>("vm2")));
}

// So that it differs from every rule that anybody wants, and goes.
TEST(RestSecurityGroupTest, ARuleThatIsNotUnderstoodHasNoRemote) {
  for (const char* rule :
       {R"({"name": "x", "direction": "Sideways", "protocol": "TCP",
            "remote": {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}})",
        R"({"name": "x", "direction": "Ingress", "protocol": "SCTP",
            "remote": {"address": {"ipAddressOrCIDR": "0.0.0.0/0"}}})",
        R"({"name": "x", "remote": {"vpcRef": "/v"}})",
        R"({"name": "x", "direction": "Ingress",
            "remote": {"country": "SE"}})"}) {
    Json object;
    object.SetAt("spec.rules", Json::Array({MustParse(rule)}));
    SecurityGroup group;
    ReadRest(Scope(), object, group);
    EXPECT_THAT(group.rules, ElementsAre(SecurityRule{.name = "x"})) << rule;
  }
}

TEST(RestSecurityGroupTest, AnElementThatIsNoRuleIsAnEmptyOne) {
  const auto group =
      Read<SecurityGroup>(R"({"spec": {"rules": [null, "ssh"]}})");
  EXPECT_THAT(group.rules, ElementsAre(SecurityRule(), SecurityRule()));
}

TEST(RestPublicIpTest, SendsAnEmptySpec) {
  EXPECT_EQ(RestSpec(Scope(), PublicIp()), MustParse("{}"));
}

TEST(RestPublicIpTest, ReadsAddressAndUser) {
  PublicIp expected;
  expected.status.conditions = {
      {"Ready", ConditionStatus::kTrue, "PublicIPReady", ""}};
  expected.status.address = "192.0.2.1";
  expected.status.used_by =
      "/compute/projects/p/regions/se-sto/virtualMachines/vm1";
  EXPECT_EQ(Read<PublicIp>(R"({
    "spec": {},
    "status": {
      "conditions": [
        {"type": "Ready", "status": "True", "reason": "PublicIPReady"}],
      "publicIPv4Address": "192.0.2.1",
      "usedByRef":
        "/compute/projects/p/regions/se-sto/virtualMachines/vm1"}})"),
            expected);
}

// Before the platform has chosen an address (C.3).
TEST(RestPublicIpTest, AnAddressThatIsNotThereYetIsEmpty) {
  EXPECT_EQ(Read<PublicIp>(R"({"spec": {}, "status": {}})"), PublicIp());
  EXPECT_EQ(Read<PublicIp>(R"({"status": {"publicIPv4Address": null}})"),
            PublicIp());
}

TEST(RestNetworkTest, FieldsOfAnotherTypeCountAsAbsent) {
  EXPECT_EQ(Read<Vpc>(R"({"spec": {"ipv4CidrBlocks": "10.0.0.0/16",
      "stackType": 4}, "status": {"assignedIPv4CidrBlocks": {}}})"),
            Vpc());
  EXPECT_EQ(Read<Subnet>(R"({"spec": {"vpcRef": {"name": "v"},
      "ipv4CidrBlock": {"block": "b"}, "placement": "a"}, "status": []})"),
            Subnet());
  EXPECT_EQ(Read<SecurityGroup>(R"({"spec": {"rules": {}, "vpcRef": 1},
      "status": {"members": "vm1"}})"),
            SecurityGroup());
}

template <typename T>
class RestNetworkRoundTripTest : public ::testing::Test {};
using NetworkKinds = ::testing::Types<Vpc, Subnet, SecurityGroup, PublicIp>;
TYPED_TEST_SUITE(RestNetworkRoundTripTest, NetworkKinds);

TYPED_TEST(RestNetworkRoundTripTest, WhatIsWrittenIsReadBack) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    TypeParam object;
    ObjectGenerator(seed).Fill(object);
    const Json spec = RestSpec(Scope(), object);
    TypeParam read;
    ReadRest(Scope(), Json::Object({{"spec", spec}}), read);
    EXPECT_EQ(read, object) << "seed " << seed << ": " << spec.Dump();
  }
}

}  // namespace
}  // namespace evroc::cloud
