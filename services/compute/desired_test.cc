#include "services/compute/desired.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using ::testing::ElementsAre;

MachineSpec Spec() {
  MachineSpec spec;
  spec.owner = {.cluster_id = "c1",
                .cluster_name = "cluster",
                .machine_id = "m1",
                .machine_name = "machine"};
  spec.labels = {{"team", "one"}};
  spec.id = MachineId(spec.owner);
  spec.compute_profile = "a1a.s";
  spec.boot_disk = {
      .id = DiskId(spec.owner, ""), .image = "ubuntu.24-04.1", .size_gb = 50};
  spec.data_disks = {
      {.name = "etcd", .id = DiskId(spec.owner, "etcd"), .size_gb = 10}};
  spec.zone = "a";
  return spec;
}

cloud::Labels LabelsOf(const MachineSpec& spec, const char* role,
                       const char* part = nullptr) {
  cloud::Labels labels = cloud::OwnerLabels(spec.owner);
  labels["team"] = "one";
  labels[cloud::kRoleLabel] = role;
  if (part != nullptr) labels[cloud::kPartLabel] = part;
  return labels;
}

TEST(DesiredDiskTest, ABootDiskHasItsImageAndZone) {
  const MachineSpec spec = Spec();
  cloud::Disk expected;
  expected.metadata.id = DiskId(spec.owner, "");
  expected.metadata.labels = LabelsOf(spec, kBootRole);
  expected.image = "ubuntu.24-04.1";
  expected.size = cloud::DiskSize{.amount = 50, .unit = "GB"};
  expected.zone = "a";
  EXPECT_EQ(DesiredDisk(spec, spec.boot_disk), expected);
}

TEST(DesiredDiskTest, ABlankDataDiskIsNamedInItsLabels) {
  const MachineSpec spec = Spec();
  cloud::Disk expected;
  expected.metadata.id = DiskId(spec.owner, "etcd");
  expected.metadata.labels = LabelsOf(spec, kDataRole, "etcd");
  expected.size = cloud::DiskSize{.amount = 10, .unit = "GB"};
  expected.zone = "a";
  EXPECT_EQ(DesiredDisk(spec, spec.data_disks[0]), expected);
}

TEST(DesiredMachineTest, UefiIsALabelOfTheMachine) {
  MachineSpec spec = Spec();
  EXPECT_FALSE(DesiredMachine(spec).metadata.labels.contains(kUefiLabel));
  spec.boot_mode = v1::BOOT_MODE_BIOS;
  EXPECT_FALSE(DesiredMachine(spec).metadata.labels.contains(kUefiLabel));
  spec.boot_mode = v1::BOOT_MODE_UEFI;
  EXPECT_EQ(DesiredMachine(spec).metadata.labels.at(kUefiLabel), "true");
  EXPECT_FALSE(
      DesiredDisk(spec, spec.boot_disk).metadata.labels.contains(kUefiLabel));
}

TEST(DesiredDiskTest, WithoutASizeItIsTheImages) {
  MachineSpec spec = Spec();
  spec.boot_disk.size_gb = 0;
  EXPECT_EQ(DesiredDisk(spec, spec.boot_disk).size, std::nullopt);
}

// Labels of users don't change whose the object is.
TEST(DesiredDiskTest, LabelsOfUsersDoNotHideTheOwner) {
  MachineSpec spec = Spec();
  spec.labels = cloud::OwnerLabels({.cluster_id = "another",
                                    .cluster_name = "another",
                                    .machine_id = "another",
                                    .machine_name = "another"});
  EXPECT_EQ(DesiredDisk(spec, spec.boot_disk).metadata.labels, [&] {
    cloud::Labels labels = cloud::OwnerLabels(spec.owner);
    labels[cloud::kRoleLabel] = kBootRole;
    return labels;
  }());
}

TEST(DesiredMachineTest, BootsFromTheFirstOfItsDisks) {
  const MachineSpec spec = Spec();
  cloud::VirtualMachine expected;
  expected.metadata.id = spec.id;
  expected.metadata.labels = LabelsOf(spec, kMachineRole);
  expected.compute_profile = "a1a.s";
  expected.disks = {{.disk = DiskId(spec.owner, ""), .boot = true},
                    {.disk = DiskId(spec.owner, "etcd"), .boot = false}};
  expected.zone = "a";
  expected.running = true;
  EXPECT_EQ(DesiredMachine(spec), expected);
}

TEST(DesiredMachineTest, TakesOverEverythingElse) {
  MachineSpec spec = Spec();
  spec.subnet = Id<cloud::Subnet>("s1");
  spec.security_groups = {Id<cloud::SecurityGroup>("sg1")};
  spec.public_ip = Id<cloud::PublicIp>("ip1");
  spec.placement_group = Id<cloud::PlacementGroup>("pg1");
  spec.stack_type = cloud::StackType::kDualStack;
  spec.user_data = "secret";
  spec.ssh_authorized_keys = {"key"};
  const cloud::VirtualMachine machine = DesiredMachine(spec);
  EXPECT_EQ(machine.subnet, spec.subnet);
  EXPECT_EQ(machine.security_groups, spec.security_groups);
  EXPECT_EQ(machine.public_ip, spec.public_ip);
  EXPECT_EQ(machine.placement_group, spec.placement_group);
  EXPECT_EQ(machine.stack_type, cloud::StackType::kDualStack);
  EXPECT_EQ(machine.user_data, "secret");
  EXPECT_THAT(machine.ssh_authorized_keys, ElementsAre("key"));
}

TEST(DesiredAttachmentTest, JoinsADataDiskToTheMachine) {
  const MachineSpec spec = Spec();
  cloud::HotswapAttachment expected;
  expected.metadata.id = AttachmentId(spec.owner, "etcd");
  expected.metadata.labels = LabelsOf(spec, kDataRole, "etcd");
  expected.disk = DiskId(spec.owner, "etcd");
  expected.machine = spec.id;
  EXPECT_EQ(DesiredAttachment(spec, spec.data_disks[0]), expected);
}

}  // namespace
}  // namespace evroc::compute
