#include "services/evroc/rest/rest_compute_codec.h"

#include <cstdint>

#include "common/json/testing/must_parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/spec.h"
#include "services/evroc/testing/object_generator.h"

namespace evroc::cloud {
namespace {

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

VirtualMachine MinimalMachine() {
  VirtualMachine machine;
  machine.compute_profile = "a1a.xs";
  machine.disks = {{.disk = Id<Disk>("d1"), .boot = true}};
  machine.subnet = Id<Subnet>("default-se-sto-a");
  machine.zone = "a";
  machine.ssh_authorized_keys = {"ssh-ed25519 AAAA..."};
  return machine;
}

// "Minimal create body as the SDK sends it", B.5.1.
constexpr char kMinimalSpec[] = R"({
  "computeProfileRef": "/compute/global/computeProfiles/a1a.xs",
  "disks": [{"bootFrom": true,
             "diskRef": "/compute/projects/p/regions/se-sto/disks/d1"}],
  "networking": {"subnetRef":
    "/networking/projects/p/regions/se-sto/subnets/default-se-sto-a"},
  "osSettings": {"ssh": {"authorizedKeys": [{"value": "ssh-ed25519 AAAA..."}]}},
  "placement": {"zone": "a"},
  "running": true})";

TEST(RestMachineTest, WritesTheMinimalBodyOfTheDocument) {
  EXPECT_EQ(RestSpec(Scope(), MinimalMachine()), MustParse(kMinimalSpec));
}

TEST(RestMachineTest, WritesEveryMember) {
  VirtualMachine machine = MinimalMachine();
  machine.disks.push_back({.disk = Id<Disk>("data")});
  machine.placement_group = Id<PlacementGroup>("spread-0");
  machine.stack_type = StackType::kIpv6Only;
  machine.public_ip = Id<PublicIp>("ip1");
  machine.security_groups = {Id<SecurityGroup>("sg1"),
                             Id<SecurityGroup>("sg2")};
  machine.running = false;
  machine.user_data = "#cloud-config\n";
  EXPECT_EQ(RestSpec(Scope(), machine), MustParse(R"({
    "computeProfileRef": "/compute/global/computeProfiles/a1a.xs",
    "disks": [
      {"diskRef": "/compute/projects/p/regions/se-sto/disks/d1",
       "bootFrom": true},
      {"diskRef": "/compute/projects/p/regions/se-sto/disks/data",
       "bootFrom": false}],
    "placement": {
      "zone": "a",
      "placementGroupRef":
        "/compute/projects/p/regions/se-sto/placementGroups/spread-0"},
    "networking": {
      "subnetRef":
        "/networking/projects/p/regions/se-sto/subnets/default-se-sto-a",
      "stackType": "ipv6-only",
      "publicIPv4Address": {"static": {"publicIPRef":
        "/networking/projects/p/regions/se-sto/publicIPs/ip1"}},
      "securityGroupSettings": {"securityGroupMemberRefs": [
        "/networking/projects/p/regions/se-sto/securityGroups/sg1",
        "/networking/projects/p/regions/se-sto/securityGroups/sg2"]}},
    "osSettings": {
      "cloudInitUserData": "I2Nsb3VkLWNvbmZpZwo=",
      "ssh": {"authorizedKeys": [{"value": "ssh-ed25519 AAAA..."}]}},
    "running": false})"));
}

// What is required as an object is there without members too.
TEST(RestMachineTest, AnEmptyMachineHasTheRequiredMembers) {
  EXPECT_EQ(RestSpec(Scope(), VirtualMachine()), MustParse(R"({
    "computeProfileRef": "/compute/global/computeProfiles/", "disks": [],
    "placement": {}, "networking": {}, "running": true})"));
}

// The response schema of B.5.1.
TEST(RestMachineTest, ReadsSpecAndStatus) {
  const auto machine = Read<VirtualMachine>(R"({
    "apiVersion": "compute/v1beta2", "kind": "VirtualMachine",
    "metadata": {"id": "vm1"},
    "spec": {
      "computeProfileRef": "/compute/global/computeProfiles/a1a.xs",
      "disks": [
        {"diskRef": "/compute/projects/p/regions/se-sto/disks/d1",
         "bootFrom": true},
        {"diskRef": "/compute/projects/q/regions/se-sto/disks/d2"}],
      "placement": {"zone": "a", "placementGroupRef":
        "/compute/projects/p/regions/se-sto/placementGroups/g"},
      "networking": {
        "subnetRef": "/networking/projects/p/regions/se-sto/subnets/s",
        "stackType": "dual-stack",
        "publicIPv4Address": {"static": {"publicIPRef":
          "/networking/projects/p/regions/se-sto/publicIPs/ip1"}},
        "securityGroupSettings": {"securityGroupMemberRefs": [
          "/networking/projects/p/regions/se-sto/securityGroups/sg1"]}},
      "osSettings": {"cloudInitUserData": "c2VjcmV0",
                     "ssh": {"authorizedKeys": [{"value": "key"}]}},
      "running": false},
    "status": {
      "virtualMachineStatus": "Running",
      "conditions": [{"type": "Ready", "status": "True", "reason": "VMReady",
                      "message": ""}],
      "attachedDisks": [
        {"diskRef": "/compute/projects/p/regions/se-sto/disks/d1",
         "device": "/dev/vda"},
        {"device": "/dev/vdb"}],
      "hotswapDiskAttachments": [
        {"hotswapDiskAttachmentRef": "/x", "attached": true,
         "diskRef": "/compute/projects/p/regions/se-sto/disks/h1"},
        {"hotswapDiskAttachmentRef": "/y", "attached": false,
         "diskRef": "/compute/projects/p/regions/se-sto/disks/h2"},
        {"hotswapDiskAttachmentRef": "/z", "attached": true}],
      "networking": {
        "privateIPv4Address": "10.0.1.2", "publicIPv4Address": "::ffff:192.0.2.1",
        "ipv6Address": "2001:DB8:0::0:2", "stackType": "dual-stack",
        "securityGroupActiveMembershipRefs": ["/networking/x"],
        "securityGroupFailedMembershipRefs": [
          "/networking/projects/p/regions/se-sto/securityGroups/gone"]},
      "placement": {"zone": "a"}}})");

  VirtualMachine expected;
  expected.compute_profile = "a1a.xs";
  expected.disks = {
      {.disk = Id<Disk>("d1"), .boot = true},
      {.disk = Id<Disk>("/compute/projects/q/regions/se-sto/disks/d2")}};
  expected.zone = "a";
  expected.placement_group = Id<PlacementGroup>("g");
  expected.subnet = Id<Subnet>("s");
  expected.stack_type = StackType::kDualStack;
  expected.public_ip = Id<PublicIp>("ip1");
  expected.security_groups = {Id<SecurityGroup>("sg1")};
  expected.running = false;
  expected.status.state = "Running";
  expected.status.conditions = {
      {"Ready", ConditionStatus::kTrue, "VMReady", ""}};
  expected.status.zone = "a";
  expected.status.private_ipv4_address = "10.0.1.2";
  expected.status.public_ipv4_address = "192.0.2.1";
  expected.status.ipv6_address = "2001:db8::2";
  expected.status.attached_disks = {Id<Disk>("d1")};
  expected.status.hotswap_disks = {Id<Disk>("h1")};
  expected.status.failed_security_groups = {Id<SecurityGroup>("gone")};
  EXPECT_EQ(machine, expected);
}

// The full list of words is not known (D.3).
TEST(RestMachineTest, AStateThatIsNotKnownIsKept) {
  EXPECT_EQ(Read<VirtualMachine>(
                R"({"status": {"virtualMachineStatus": "Hibernating"}})")
                .status.state,
            "Hibernating");
}

TEST(RestMachineTest, WhatIsMissingIsAsConstructed) {
  for (const char* text :
       {"{}", R"({"spec": {}, "status": {}})", R"({"spec": null})",
        R"({"spec": [], "status": 7})",
        R"({"spec": {"computeProfileRef": 1, "disks": {}, "running": "no",
             "placement": "a", "networking": []},
            "status": {"virtualMachineStatus": 3, "conditions": {},
             "attachedDisks": ["d1"], "networking": "x"}})"}) {
    EXPECT_EQ(Read<VirtualMachine>(text), VirtualMachine()) << text;
  }
}

TEST(RestMachineTest, NullForThePublicIpMeansNone) {
  EXPECT_TRUE(Read<VirtualMachine>(R"({"spec": {"networking": {
      "publicIPv4Address": {"static": {"publicIPRef": null}}}}})")
                  .public_ip.empty());
}

// B.8.1: a merge patch must clear publicIPRef alone.
TEST(RestMachinePatchTest, TakesThePublicIpAwayWithNull) {
  VirtualMachine with = MinimalMachine();
  with.public_ip = Id<PublicIp>("ip1");
  EXPECT_EQ(*MergePatchBetween(RestPatchForm(Scope(), with),
                               RestPatchForm(Scope(), MinimalMachine())),
            MustParse(R"({"networking": {"publicIPv4Address": {"static":
              {"publicIPRef": null}}}})"));
  EXPECT_EQ(*MergePatchBetween(RestPatchForm(Scope(), MinimalMachine()),
                               RestPatchForm(Scope(), with)),
            MustParse(R"({"networking": {"publicIPv4Address": {"static":
              {"publicIPRef":
                "/networking/projects/p/regions/se-sto/publicIPs/ip1"}}}})"));
}

TEST(RestMachinePatchTest, TakesTheLastGroupAwayWithAnEmptyList) {
  VirtualMachine with = MinimalMachine();
  with.security_groups = {Id<SecurityGroup>("sg1")};
  EXPECT_EQ(*MergePatchBetween(RestPatchForm(Scope(), with),
                               RestPatchForm(Scope(), MinimalMachine())),
            MustParse(R"({"networking": {"securityGroupSettings":
              {"securityGroupMemberRefs": []}}})"));
}

TEST(RestMachinePatchTest, NeverHasOsSettings) {
  VirtualMachine machine = MinimalMachine();
  machine.user_data = "secret";
  EXPECT_FALSE(RestPatchForm(Scope(), machine)["osSettings"].exists());
}

TEST(RestDiskTest, WritesBlankAndImageDisks) {
  Disk blank;
  blank.zone = "a";
  blank.size = DiskSize{.amount = 2048, .unit = "MB"};
  EXPECT_EQ(RestSpec(Scope(), blank), MustParse(R"({
    "placement": {"zone": "a"},
    "diskSize": {"amount": 2048, "unit": "MB"}})"));
  Disk image;
  image.image = "ubuntu.24-04.1";
  EXPECT_EQ(RestSpec(Scope(), image), MustParse(R"({
    "placement": {},
    "source": {"type": "image", "diskImageRef":
      "/compute/global/diskImages/evroc/ubuntu.24-04.1"}})"));
}

TEST(RestDiskTest, ReadsSpecAndStatus) {
  Disk expected;
  expected.image = "ubuntu.24-04.1";
  expected.size = DiskSize{.amount = 20, .unit = "GB"};
  expected.zone = "b";
  expected.status.conditions = {
      {"Ready", ConditionStatus::kFalse, "ImportScheduled", ""}};
  expected.status.size = DiskSize{.amount = 20480, .unit = "MB"};
  expected.status.usage = {
      {.hotswap = false, .machine = Id<VirtualMachine>("vm1")},
      {.hotswap = true, .machine = Id<VirtualMachine>("vm2")}};
  EXPECT_EQ(Read<Disk>(R"({
    "spec": {
      "placement": {"zone": "b"},
      "diskSize": {"amount": 20, "unit": "GB"},
      "source": {"type": "image", "diskImageRef":
        "/compute/global/diskImages/evroc/ubuntu.24-04.1"}},
    "status": {
      "conditions": [{"type": "Ready", "status": "False",
                      "reason": "ImportScheduled"}],
      "diskSize": {"amount": 20480, "unit": "MB"},
      "diskUsage": [
        {"useKind": "permanent", "virtualMachineRef":
          "/compute/projects/p/regions/se-sto/virtualMachines/vm1"},
        {"useKind": "hotswap", "virtualMachineRef":
          "/compute/projects/p/regions/se-sto/virtualMachines/vm2"}],
      "placement": {"zone": "b"}}})"),
            expected);
}

TEST(RestDiskTest, WhatIsMissingIsAsConstructed) {
  for (const char* text : {"{}", R"({"spec": {"diskSize": 20, "source": "image",
                           "placement": []}, "status": {"diskUsage": {}}})"}) {
    EXPECT_EQ(Read<Disk>(text), Disk()) << text;
  }
}

TEST(RestPlacementGroupTest, WritesAndReadsZoneAndStrategy) {
  PlacementGroup group;
  group.zone = "c";
  constexpr char kSpec[] =
      R"({"placement": {"zone": "c"}, "strategy": {"type": "spread"}})";
  EXPECT_EQ(RestSpec(Scope(), group), MustParse(kSpec));
  group.strategy = "cluster";
  EXPECT_EQ(Read<PlacementGroup>(R"({"spec": {
    "placement": {"zone": "c"}, "strategy": {"type": "cluster"}}})"),
            group);
}

TEST(RestPlacementGroupTest, ReadsItsStateAndItsMachines) {
  const auto group = Read<PlacementGroup>(R"({"status": {
      "conditions": [{"type": "Ready", "status": "True"}],
      "virtualMachineRefs": [
      "/compute/projects/p/regions/se-sto/virtualMachines/vm1",
      "/compute/projects/p/regions/se-sto/virtualMachines/vm2"]}})");
  EXPECT_TRUE(IsReady(group.status.conditions));
  EXPECT_THAT(group.status.machines,
              ::testing::ElementsAre(Id<VirtualMachine>("vm1"),
                                     Id<VirtualMachine>("vm2")));
}

TEST(RestHotswapAttachmentTest, WritesAndReadsBothReferences) {
  HotswapAttachment attachment;
  attachment.disk = Id<Disk>("d1");
  attachment.machine = Id<VirtualMachine>("vm1");
  EXPECT_EQ(RestSpec(Scope(), attachment), MustParse(R"({
    "diskRef": "/compute/projects/p/regions/se-sto/disks/d1",
    "virtualMachineRef":
      "/compute/projects/p/regions/se-sto/virtualMachines/vm1"})"));
  attachment.status.conditions = {
      {"Ready", ConditionStatus::kTrue, "AttachmentReady", "m"}};
  EXPECT_EQ(Read<HotswapAttachment>(R"({
    "spec": {
      "diskRef": "/compute/projects/p/regions/se-sto/disks/d1",
      "virtualMachineRef":
        "/compute/projects/p/regions/se-sto/virtualMachines/vm1"},
    "status": {"serial": "0123", "conditions": [
      {"type": "Ready", "status": "True", "reason": "AttachmentReady",
       "message": "m"}]}})"),
            attachment);
}

template <typename T>
class RestComputeRoundTripTest : public ::testing::Test {};
using ComputeKinds =
    ::testing::Types<VirtualMachine, Disk, PlacementGroup, HotswapAttachment>;
TYPED_TEST_SUITE(RestComputeRoundTripTest, ComputeKinds);

TYPED_TEST(RestComputeRoundTripTest, WhatIsWrittenIsReadBack) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    TypeParam object;
    ObjectGenerator(seed).Fill(object);
    const Json spec = RestSpec(Scope(), object);
    TypeParam read;
    ReadRest(Scope(), Json::Object({{"spec", spec}}), read);
    EXPECT_EQ(read, WithoutCreateOnly(object))
        << "seed " << seed << ": " << spec.Dump();
  }
}

}  // namespace
}  // namespace evroc::cloud
