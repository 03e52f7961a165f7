#include "shim/reconcile/machine/machine_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MachineRequestTest : public ::testing::Test {
 protected:
  MachineRequestTest() {
    machine_.spec.compute_profile = "c1a.s";
    machine_.spec.image = "ubuntu";
    machine_.spec.root_disk_size_gb = 20;
    network_.subnets = {
        {.name = "net-a", .zone = "a", .cidr_block = {}, .entry = "net"},
        {.name = "net-b", .zone = "b", .cidr_block = {}, .entry = "net"}};
    network_.common_groups = {"all"};
    network_.control_plane_groups = {"cp"};
    network_.worker_groups = {"w"};
    owner_.set_cluster_id("cid");
    owner_.set_machine_id("mid");
    network_.inline_group_ids = {
        {"web", "web-id"},
        {MachineGroupName({.name = "db", .rules = {}}), "db-id"}};
  }

  absl::StatusOr<compute::v1::VirtualMachine> Request(
      bool control_plane = false) const {
    MachineRequest request =
        MakeMachineRequest({.machine = machine_,
                            .cluster = cluster_,
                            .network = network_,
                            .owner = owner_,
                            .control_plane = control_plane,
                            .zone = zone_,
                            .user_data = "## template: jinja\n"});
    if (!request.refused.ok()) return request.refused;
    return std::move(request.vm);
  }

  common::v1::Owner owner_;
  EvrocMachineObject machine_;
  EvrocClusterObject cluster_;
  Placement network_;
  std::string zone_ = "b";
};

TEST_F(MachineRequestTest, AMachineThatExistsKeepsWhatCanNotBeAskedFor) {
  machine_.spec.security_groups.inline_groups = {{.name = "x", .rules = {}}};
  zone_ = "c";
  const MachineRequest request = MakeMachineRequest({.machine = machine_,
                                                     .cluster = cluster_,
                                                     .network = network_,
                                                     .owner = owner_,
                                                     .zone = zone_});
  EXPECT_THAT(request.refused.message(), HasSubstr("zone \"c\""));
  EXPECT_TRUE(request.vm.keep_security_groups());
  EXPECT_EQ(request.vm.subnet_id(), "");
  machine_.spec.security_groups.inline_groups.clear();
  zone_ = "b";
  EXPECT_FALSE(Request()->keep_security_groups());
}

// The names of keys that the official provider's examples have, and what the
// cloud may not take.
TEST_F(MachineRequestTest, OnlyPlainKeysGoToTheCloud) {
  machine_.spec.ssh_key =
      "YOUR_SSH_KEY\nssh-ed25519\n# ssh-ed25519 A\nfrom=\"::1\" ssh-rsa "
      "A\nssh-rsa A*\n"
      "ecdsa-sha2-nistp256 AAAA= me\nsk-ssh-ed25519@openssh.com\tA\n";
  EXPECT_THAT(SshKeysOf(machine_.spec), SizeIs(6));
  EXPECT_THAT(Request()->ssh_authorized_keys(),
              ElementsAre("ecdsa-sha2-nistp256 AAAA= me",
                          "sk-ssh-ed25519@openssh.com\tA"));
}

TEST_F(MachineRequestTest, HasTheOwnerAndTheSpec) {
  machine_.spec.ssh_key =
      "ssh-ed25519 A\n\n \tssh-ed25519 B me\r\nssh-ed25519 A";
  machine_.spec.placement_group_id = "pg";
  machine_.spec.additional_disks = {
      {.name = "data", .size_gb = 5, .image = ""}};
  machine_.spec.labels = {{"team", "x"}};
  cluster_.spec.labels = {{"team", "y"}, {"env", "test"}};
  const compute::v1::VirtualMachine request = Request().value();
  EXPECT_EQ(request.owner().cluster_id(), "cid");
  EXPECT_EQ(request.owner().machine_id(), "mid");
  EXPECT_EQ(request.compute_profile(), "c1a.s");
  EXPECT_EQ(request.boot_disk().image(), "ubuntu");
  EXPECT_EQ(request.boot_mode(), compute::v1::BOOT_MODE_UNSPECIFIED);
  EXPECT_EQ(request.boot_disk().size_gb(), 20);
  EXPECT_EQ(request.zone(), "b");
  EXPECT_EQ(request.subnet_id(), "net-b");
  EXPECT_EQ(request.placement_group_id(), "pg");
  EXPECT_EQ(request.data_disks(0).name(), "data");
  EXPECT_THAT(request.ssh_authorized_keys(),
              ElementsAre("ssh-ed25519 A", "ssh-ed25519 B me"));
  EXPECT_EQ(request.labels().at("team"), "x");
  EXPECT_EQ(request.labels().at("env"), "test");
  EXPECT_EQ(request.user_data(), "## template: jinja\n");  // traps.md D6
}

TEST_F(MachineRequestTest, HasTheAddressFamiliesOfItsCluster) {
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_UNSPECIFIED);
  cluster_.spec.stack_type = "ipv6-only";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_IPV6_ONLY);
  cluster_.spec.stack_type = "dual-stack";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_DUAL_STACK);
  cluster_.spec.stack_type = "ipv4-only";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_IPV4_ONLY);
}

// As the official provider makes it.
TEST_F(MachineRequestTest, ANewMachineOfAnExistingNetworkHasBothFamilies) {
  cluster_.spec.vpc_existing = true;
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_DUAL_STACK);
  cluster_.spec.stack_type = "ipv6-only";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_IPV6_ONLY);
  // It may have been made with another one.
  cluster_.spec.stack_type.clear();
  machine_.spec.provider_id = "evroc://1";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_UNSPECIFIED);
  machine_.spec.provider_id = {};
  machine_.meta.annotations[kVmUidAnnotation] = "1";
  EXPECT_EQ(Request()->stack_type(), common::v1::STACK_TYPE_UNSPECIFIED);
}

TEST_F(MachineRequestTest, IsSpreadWithTheSetOfItsAnnotation) {
  machine_.meta.annotations[kSpreadGroupAnnotation] = "md-workers";
  EXPECT_EQ(Request()->spread_group(), "");
  machine_.spec.spread = true;
  EXPECT_EQ(Request()->spread_group(), "md-workers");
}

TEST(SpreadGroupTest, IsTheMachinesClosestOwner) {
  MachineObject machine;
  EXPECT_EQ(SpreadGroupOf(machine, false), "machines");
  machine.set_name = "workers-1";
  EXPECT_EQ(SpreadGroupOf(machine, false), "ms-workers-1");
  machine.deployment_name = "workers";
  EXPECT_EQ(SpreadGroupOf(machine, false), "md-workers");
  EXPECT_EQ(SpreadGroupOf(machine, true), "control-plane");
}

TEST_F(MachineRequestTest, SaysHowTheMachineBoots) {
  machine_.spec.boot_mode = "UEFI";
  EXPECT_EQ(Request()->boot_mode(), compute::v1::BOOT_MODE_UEFI);
  machine_.spec.boot_mode = "BIOS";
  EXPECT_EQ(Request()->boot_mode(), compute::v1::BOOT_MODE_BIOS);
}

TEST_F(MachineRequestTest, B3GroupsComeFromTheSpecs) {
  EXPECT_THAT(Request(true)->security_group_ids(), ElementsAre("all", "cp"));
  EXPECT_THAT(Request(false)->security_group_ids(), ElementsAre("all", "w"));
  cluster_.spec.worker_groups.inline_groups = {{.name = "web", .rules = {}}};
  machine_.spec.security_groups.inline_groups = {{.name = "db", .rules = {}}};
  machine_.spec.security_groups.existing_ids = {"theirs", "all"};
  EXPECT_THAT(Request(false)->security_group_ids(),
              ElementsAre("all", "w", "web-id", "theirs", "db-id"));
  machine_.spec.inherit_security_groups = false;
  EXPECT_THAT(Request(false)->security_group_ids(),
              ElementsAre("theirs", "all", "db-id"));
}

// The group of that name with other rules is none of it.
TEST_F(MachineRequestTest, WaitsForAMissingGroup) {
  machine_.spec.security_groups.inline_groups = {
      {.name = "db", .rules = {{.name = "r", .direction = "Ingress"}}}};
  EXPECT_EQ(Request().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(MachineRequestTest, AZoneWithoutASubnetIsAnError) {
  zone_ = "c";
  EXPECT_THAT(Request().status().message(), HasSubstr("zone \"c\""));
  machine_.spec.subnet_name = "net";
  EXPECT_THAT(Request().status().message(), HasSubstr("spec.subnetName"));
  machine_.spec.subnet_name = "other";
  zone_ = "a";
  EXPECT_THAT(Request().status().message(),
              HasSubstr("has no subnet \"other\""));
}

TEST_F(MachineRequestTest, AMachineStaysInItsSubnet) {
  network_.subnets.insert(
      network_.subnets.begin(),
      {.name = "new", .zone = "b", .cidr_block = {}, .entry = "new"});
  EXPECT_EQ(Request()->subnet_id(), "new");
  machine_.status.subnet_name = "net";
  EXPECT_EQ(Request()->subnet_id(), "net-b");
  // What the spec says is compared, and told if it is another.
  machine_.spec.subnet_name = "new";
  EXPECT_EQ(Request()->subnet_id(), "new");
}

TEST_F(MachineRequestTest, WithoutZonesThereIsNoSubnetToChoose) {
  network_.subnets = {
      {.name = "net", .zone = "", .cidr_block = {}, .entry = "net"}};
  zone_ = "";
  const compute::v1::VirtualMachine request = Request().value();
  EXPECT_THAT(request.zone(), IsEmpty());
  EXPECT_THAT(request.subnet_id(), IsEmpty());
}

}  // namespace
}  // namespace evroc::shim
