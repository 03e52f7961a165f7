#include "services/evroc/kcp/kcp_codec.h"

#include <cstdint>

#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/spec.h"
#include "services/evroc/testing/object_generator.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;

template <typename T>
T Read(absl::string_view object) {
  T value;
  ReadKcp(MustParse(object), value);
  return value;
}

VirtualMachine Machine() {
  VirtualMachine machine;
  machine.compute_profile = "c1a.s";
  machine.disks = {{.disk = Id<Disk>("m-bootdisk"), .boot = true}};
  return machine;
}

// A.3: an empty name is how no public IP is said.
TEST(KcpMachineTest, WritesWhatIsAlwaysThere) {
  EXPECT_EQ(KcpSpec(Machine()), MustParse(R"({
    "running": true,
    "vmVirtualResourcesRef": {"vmVirtualResourcesRefName": "c1a.s"},
    "diskRefs": [{"name": "m-bootdisk", "bootFrom": true}],
    "networking": {
      "publicIPv4Address": {"static": {"publicIPRef": ""}},
      "securityGroups": {"securityGroupMemberships": []}}})"));
}

TEST(KcpMachineTest, WritesEveryMember) {
  VirtualMachine machine = Machine();
  machine.disks.push_back({.disk = Id<Disk>("data")});
  machine.placement_group = Id<PlacementGroup>("g");
  machine.public_ip = Id<PublicIp>("ip1");
  machine.security_groups = {Id<SecurityGroup>("capi-kubernetes"),
                             Id<SecurityGroup>("sg2")};
  machine.running = false;
  machine.user_data = "#cloud-config\n";
  machine.ssh_authorized_keys = {"ssh-ed25519 AAAA"};
  EXPECT_EQ(KcpSpec(machine), MustParse(R"({
    "running": false,
    "vmVirtualResourcesRef": {"vmVirtualResourcesRefName": "c1a.s"},
    "diskRefs": [{"name": "m-bootdisk", "bootFrom": true},
                 {"name": "data", "bootFrom": false}],
    "placementGroup": "g",
    "osSettings": {
      "cloudInitUserData": "I2Nsb3VkLWNvbmZpZwo=",
      "ssh": {"authorizedKeys": [{"value": "ssh-ed25519 AAAA"}]}},
    "networking": {
      "publicIPv4Address": {"static": {"publicIPRef": "ip1"}},
      "securityGroups": {"securityGroupMemberships": [
        {"name": "capi-kubernetes"}, {"name": "sg2"}]}}})"));
}

TEST(KcpMachineTest, LeavesOutWhatTheDialectHasNoWordFor) {
  VirtualMachine machine = Machine();
  machine.zone = "b";
  machine.subnet = Id<Subnet>("s1");
  machine.stack_type = StackType::kDualStack;
  EXPECT_EQ(KcpSpec(machine), KcpSpec(Machine()));
}

TEST(KcpMachineTest, ReadsSpecAndStatus) {
  VirtualMachine expected = Machine();
  expected.zone = "a";
  expected.placement_group = Id<PlacementGroup>("g");
  expected.public_ip = Id<PublicIp>("ip1");
  expected.security_groups = {Id<SecurityGroup>("sg1"),
                              Id<SecurityGroup>("sg2")};
  expected.status.state = "Running";
  expected.status.conditions = {{"Ready", ConditionStatus::kTrue, "Ready", ""}};
  expected.status.zone = "a";
  expected.status.private_ipv4_address = "10.0.0.50";
  expected.status.public_ipv4_address = "192.0.2.1";
  expected.status.attached_disks = {Id<Disk>("m-bootdisk")};
  expected.status.hotswap_disks = {Id<Disk>("h1")};
  expected.status.failed_security_groups = {Id<SecurityGroup>("gone")};
  EXPECT_EQ(Read<VirtualMachine>(R"({
    "apiVersion": "compute.evroclabs.net/v1alpha1", "kind": "VirtualMachine",
    "metadata": {"name": "m"},
    "spec": {
      "running": true,
      "vmVirtualResourcesRef": {"vmVirtualResourcesRefName": "c1a.s"},
      "diskRefs": [{"name": "m-bootdisk", "bootFrom": true}],
      "placement": {"zone": "a"}, "placementGroup": "g",
      "osSettings": {"cloudInitUserData": "c2VjcmV0",
                     "ssh": {"authorizedKeys": [{"value": "key"}]}},
      "networking": {
        "publicIPv4Address": {"static": {"publicIPRef": "ip1"}},
        "securityGroups": {"securityGroupMemberships": [
          {"name": "sg1"}, {"name": ""}, {}, {"name": "sg2"}]}}},
    "status": {
      "virtualMachineStatus": "Running",
      "conditions": [{"type": "Ready", "status": "True", "reason": "Ready"}],
      "placement": {"zone": "a"},
      "attachedDisks": [{"name": "m-bootdisk", "device": "/dev/vda"}],
      "hotswapDiskAttachments": [
        {"attached": true, "attachment": "x", "disk": "h1"},
        {"attached": false, "attachment": "y", "disk": "h2"},
        {"attached": true, "attachment": "z"}],
      "networking": {
        "privateIPv4Address": "10.0.0.50", "publicIPv4Address": "192.0.2.1",
        "securityGroupActiveMemberships": ["sg1"],
        "failedSecurityGroupMemberships": ["gone"]}}})"),
            expected);
}

// The schema does not say whether lists hold names or objects.
TEST(KcpMachineTest, GroupsThatFailedMayBeObjects) {
  EXPECT_THAT(Read<VirtualMachine>(R"({"status": {"networking": {
        "failedSecurityGroupMemberships": [{"name": "a"}, "b", 7, ""]}}})")
                  .status.failed_security_groups,
              ElementsAre(Id<SecurityGroup>("a"), Id<SecurityGroup>("b")));
}

// A.3: false is omitted on the wire.
TEST(KcpMachineTest, RunningThatIsLeftOutIsFalse) {
  EXPECT_FALSE(Read<VirtualMachine>(R"({"spec": {}})").running);
  EXPECT_TRUE(Read<VirtualMachine>(R"({"spec": {"running": true}})").running);
}

TEST(KcpMachineTest, FieldsOfAnotherTypeCountAsAbsent) {
  VirtualMachine expected;
  expected.running = false;
  for (const char* text :
       {"{}", R"({"spec": null, "status": []})",
        R"({"spec": {"vmVirtualResourcesRef": "c1a.s", "diskRefs": {},
             "placement": "a", "placementGroup": {"name": "g"},
             "networking": {"publicIPv4Address": "ip1", "securityGroups": []}},
            "status": {"virtualMachineStatus": 1, "attachedDisks": "d",
             "hotswapDiskAttachments": 1, "networking": "n"}})"}) {
    EXPECT_EQ(Read<VirtualMachine>(text), expected) << text;
  }
}

TEST(KcpMachinePatchTest, TakesPublicIpAndGroupsAway) {
  VirtualMachine with = Machine();
  with.public_ip = Id<PublicIp>("ip1");
  with.security_groups = {Id<SecurityGroup>("sg1")};
  with.user_data = "secret";
  EXPECT_EQ(*MergePatchBetween(KcpPatchForm(with), KcpPatchForm(Machine())),
            MustParse(R"({"networking": {
              "publicIPv4Address": {"static": {"publicIPRef": ""}},
              "securityGroups": {"securityGroupMemberships": []}}})"));
}

TEST(KcpDiskTest, WritesEveryMember) {
  EXPECT_EQ(KcpSpec(Disk()),
            MustParse(R"({"diskStorageClass": {"name": "persistent"}})"));
  Disk disk;
  disk.image = "ubuntu-minimal.24-04.1";
  disk.size = DiskSize{.amount = 20, .unit = "GB"};
  disk.zone = "a";
  EXPECT_EQ(KcpSpec(disk), MustParse(R"({
    "diskSize": {"amount": 20, "unit": "GB"},
    "diskImage": {"diskImageRef": {"name": "ubuntu-minimal.24-04.1"}},
    "diskStorageClass": {"name": "persistent"}})"));
}

TEST(KcpDiskTest, ReadsSpecAndStatus) {
  Disk expected;
  expected.image = "ubuntu-minimal.24-04.1";
  expected.size = DiskSize{.amount = 20, .unit = "GB"};
  expected.zone = "a";
  expected.status.conditions = {
      {"Ready", ConditionStatus::kFalse, "Pending", ""}};
  expected.status.size = DiskSize{.amount = 21, .unit = "GB"};
  expected.status.usage = {
      {.hotswap = false, .machine = Id<VirtualMachine>("vm1")},
      {.hotswap = true, .machine = Id<VirtualMachine>("vm2")}};
  EXPECT_EQ(Read<Disk>(R"({
    "spec": {
      "diskSize": {"amount": 20, "unit": "GB"},
      "diskImage": {"diskImageRef": {"name": "ubuntu-minimal.24-04.1"}},
      "diskStorageClass": {"name": "persistent"},
      "placement": {"zone": "a"}},
    "status": {
      "conditions": [{"type": "Ready", "status": "False",
                      "reason": "Pending"}],
      "diskSize": {"amount": 21, "unit": "GB"},
      "diskUsage": [{"useKind": "permanent", "vm": "vm1"},
                    {"useKind": "hotswap", "vm": "vm2",
                     "attachment": "x"}]}})"),
            expected);
}

TEST(KcpVpcTest, HasNoSpec) {
  Vpc vpc;
  vpc.ipv4_cidr_blocks = {"10.0.0.0/16"};
  EXPECT_EQ(KcpSpec(vpc), MustParse("{}"));
  Vpc expected;
  expected.status.conditions = {{"Ready", ConditionStatus::kTrue, "", ""}};
  EXPECT_EQ(Read<Vpc>(R"({"spec": {}, "status": {"conditions": [
              {"type": "Ready", "status": "True"}]}})"),
            expected);
}

TEST(KcpSubnetTest, WritesAndReadsVpcAndBlock) {
  Subnet subnet;
  subnet.vpc = Id<Vpc>("v1");
  subnet.ipv4_cidr_block = "10.0.1.0/24";
  subnet.stack_type = StackType::kDualStack;
  subnet.zone = "a";
  EXPECT_EQ(KcpSpec(subnet), MustParse(R"({
    "vpcRef": {"name": "v1"}, "ipv4CidrBlock": {"block": "10.0.1.0/24"}})"));
  subnet.stack_type = StackType::kUnset;
  EXPECT_EQ(Read<Subnet>(R"({"spec": {
    "vpcRef": {"name": "v1"}, "ipv4CidrBlock": {"block": "10.0.1.0/24"},
    "placement": {"zone": "a"}}, "status": {}})"),
            subnet);
}

TEST(KcpSecurityGroupTest, WritesEachKindOfRemote) {
  SecurityGroup group;
  group.vpc = Id<Vpc>("v1");
  group.rules = {{.name = "ssh",
                  .protocol = Protocol::kTcp,
                  .port = 22,
                  .remote = {.cidr = "0.0.0.0/0"}},
                 {.name = "nodes",
                  .protocol = Protocol::kUdp,
                  .port = 30000,
                  .end_port = 32767,
                  .remote = {.security_group = Id<SecurityGroup>("workers")}},
                 {.name = "out",
                  .direction = Direction::kEgress,
                  .remote = {.subnet = Id<Subnet>("s1")}}};
  EXPECT_EQ(KcpSpec(group), MustParse(R"({"rules": [
    {"name": "ssh", "direction": "Ingress", "protocol": "TCP", "port": 22,
     "remote": {"address": {"IPAddressOrCIDR": "0.0.0.0/0"}}},
    {"name": "nodes", "direction": "Ingress", "protocol": "UDP",
     "port": 30000, "endPort": 32767,
     "remote": {"securityGroupRef": {"name": "workers"}}},
    {"name": "out", "direction": "Egress", "protocol": "All",
     "remote": {"subnetRef": {"name": "s1"}}}]})"));
}

TEST(KcpSecurityGroupTest, ARemoteVpcLeavesTheRuleWithoutARemote) {
  SecurityGroup group;
  group.rules = {{.name = "vpc", .remote = {.vpc = Id<Vpc>("v1")}}};
  EXPECT_EQ(KcpSpec(group), MustParse(R"({"rules": [
    {"name": "vpc", "direction": "Ingress", "protocol": "All",
     "remote": {}}]})"));
}

TEST(KcpSecurityGroupTest, ReadsRulesAndMembers) {
  SecurityGroup expected;
  expected.rules = {{.name = "ssh",
                     .direction = Direction::kIngress,
                     .protocol = Protocol::kTcp,
                     .port = 22,
                     .remote = {.cidr = "0.0.0.0/0"}},
                    {.name = "odd"}};
  expected.status.members = {Id<VirtualMachine>("vm1")};
  EXPECT_EQ(Read<SecurityGroup>(R"({
    "spec": {"rules": [
      {"name": "ssh", "direction": "Ingress", "protocol": "TCP", "port": 22,
       "remote": {"address": {"IPAddressOrCIDR": "0.0.0.0/0"}}},
      {"name": "odd", "direction": "Ingress", "protocol": "SCTP",
       "remote": {"address": {"IPAddressOrCIDR": "0.0.0.0/0"}}}]},
    "status": {"members": [{"name": "vm1", "status": "Active"}]}})"),
            expected);
}

TEST(KcpPublicIpTest, ReadsAddressAndUser) {
  EXPECT_EQ(KcpSpec(PublicIp()), MustParse("{}"));
  PublicIp expected;
  expected.status.address = "192.0.2.1";
  expected.status.used_by = "VirtualMachine/vm1";
  EXPECT_EQ(Read<PublicIp>(R"({"spec": {}, "status": {
    "publicIPv4Address": "192.0.2.1",
    "usedBy": {"apiVersion": "compute.evroclabs.net/v1alpha1",
               "kind": "VirtualMachine", "name": "vm1"}}})"),
            expected);
  EXPECT_EQ(Read<PublicIp>(R"({"status": {"usedBy": {"kind": "x"}}})"),
            PublicIp());
}

TEST(KcpPlacementGroupTest, SendsTheStrategyAlone) {
  PlacementGroup group;
  group.zone = "a";
  EXPECT_EQ(KcpSpec(group), MustParse(R"({"strategy": {"type": "spread"}})"));
  EXPECT_EQ(Read<PlacementGroup>(R"({"spec": {
    "placement": {"zone": "a"}, "strategy": {"type": "spread"}}})"),
            group);
}

TEST(KcpPlacementGroupTest, ReadsItsStateAndItsMachines) {
  const auto group = Read<PlacementGroup>(R"({"status": {
      "conditions": [{"type": "Ready", "status": "True"}],
      "virtualMachines": [{"name": "vm1"}, {"name": "vm2"}]}})");
  EXPECT_TRUE(IsReady(group.status.conditions));
  EXPECT_THAT(group.status.machines, ElementsAre(Id<VirtualMachine>("vm1"),
                                                 Id<VirtualMachine>("vm2")));
}

TEST(KcpHotswapAttachmentTest, WritesAndReadsBothNames) {
  HotswapAttachment attachment;
  attachment.disk = Id<Disk>("d1");
  attachment.machine = Id<VirtualMachine>("vm1");
  EXPECT_EQ(KcpSpec(attachment), MustParse(R"({
    "diskRef": {"name": "d1"}, "vmRef": {"name": "vm1"}})"));
  attachment.status.conditions = {{"Ready", ConditionStatus::kTrue, "", ""}};
  EXPECT_EQ(Read<HotswapAttachment>(R"({
    "spec": {"diskRef": {"name": "d1"}, "vmRef": {"name": "vm1"}},
    "status": {"serial": "01", "conditions": [
      {"type": "Ready", "status": "True"}]}})"),
            attachment);
}

// What the dialect has no word for does not come back.
void DropUnsayable(VirtualMachine& machine) {
  machine.zone = "";
  machine.subnet = {};
  machine.stack_type = StackType::kUnset;
}
void DropUnsayable(Disk& disk) { disk.zone = ""; }
void DropUnsayable(PlacementGroup& group) { group.zone = ""; }
void DropUnsayable(HotswapAttachment& /*attachment*/) {}
void DropUnsayable(Vpc& vpc) { vpc = {}; }
void DropUnsayable(Subnet& subnet) {
  subnet.zone = "";
  subnet.stack_type = StackType::kUnset;
}
void DropUnsayable(SecurityGroup& group) {
  group.vpc = {};
  for (SecurityRule& rule : group.rules) rule.remote.vpc = {};
}
void DropUnsayable(PublicIp& /*address*/) {}

template <typename T>
class KcpRoundTripTest : public ::testing::Test {};
using Kinds =
    ::testing::Types<VirtualMachine, Disk, PlacementGroup, HotswapAttachment,
                     Vpc, Subnet, SecurityGroup, PublicIp>;
TYPED_TEST_SUITE(KcpRoundTripTest, Kinds);

TYPED_TEST(KcpRoundTripTest, WhatCanBeSaidIsReadBack) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    TypeParam object;
    ObjectGenerator(seed).Fill(object);
    const Json spec = KcpSpec(object);
    TypeParam read;
    ReadKcp(Json::Object({{"spec", spec}}), read);
    TypeParam expected = WithoutCreateOnly(object);
    DropUnsayable(expected);
    EXPECT_EQ(read, expected) << "seed " << seed << ": " << spec.Dump();
  }
}

}  // namespace
}  // namespace evroc::cloud
