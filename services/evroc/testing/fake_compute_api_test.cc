#include "services/evroc/testing/fake_compute_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using Code = absl::StatusCode;

class FakeComputeApiTest : public testing::Test {
 protected:
  FakeComputeApiTest() {
    network_.AddDefaultNetwork();
    Disk disk;
    disk.metadata.id = disk_;
    disk.image = "ubuntu.24-04.1";
    disk.zone = "a";
    EXPECT_TRUE(api_.disks().Create({}, disk).ok());
  }

  VirtualMachine NewMachine() const {
    VirtualMachine machine;
    machine.metadata.id = machine_;
    machine.compute_profile = "c1a.s";
    machine.disks = {{.disk = disk_, .boot = true}};
    machine.zone = "a";
    machine.subnet = Id<Subnet>("default-se-sto-a");
    return machine;
  }

  VirtualMachine Create(const VirtualMachine& machine) {
    const absl::StatusOr<VirtualMachine> created =
        api_.virtual_machines().Create({}, machine);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(VirtualMachine());
  }

  FakeNetworkApi network_;
  FakeComputeApi api_{network_};
  const Id<Disk> disk_{"d1"};
  const Id<VirtualMachine> machine_{"vm1"};
};

TEST_F(FakeComputeApiTest, AMachineComesUpWhenSettled) {
  EXPECT_EQ(Create(NewMachine()).status.state, "Creating");
  api_.Settle();
  const VirtualMachine machine = *api_.virtual_machines().Find(machine_);
  EXPECT_EQ(machine.status.state, "Running");
  EXPECT_TRUE(IsReady(machine.status.conditions));
  EXPECT_NE(machine.status.private_ipv4_address, "");
  EXPECT_EQ(machine.status.zone, "a");
  EXPECT_THAT(machine.status.attached_disks, ElementsAre(disk_));
}

TEST_F(FakeComputeApiTest, AMachineGetsItsPublicAddress) {
  PublicIp address;
  address.metadata.id = Id<PublicIp>("ip1");
  ASSERT_TRUE(network_.public_ips().Create({}, address).ok());
  VirtualMachine machine = NewMachine();
  machine.public_ip = address.metadata.id;
  Create(machine);
  api_.Settle();
  const std::string given =
      network_.public_ips().Find(address.metadata.id)->status.address;
  EXPECT_NE(given, "");
  EXPECT_EQ(api_.virtual_machines().Find(machine_)->status.public_ipv4_address,
            given);
}

TEST_F(FakeComputeApiTest, WhatAMachineUsesStaysUntilItIsGone) {
  Create(NewMachine());
  api_.Settle();
  const Id<Subnet> subnet("default-se-sto-a");
  ASSERT_TRUE(api_.disks().Delete({}, disk_, "").ok());
  ASSERT_TRUE(network_.subnets().Delete({}, subnet, "").ok());
  api_.Settle();
  EXPECT_TRUE(api_.disks().Find(disk_));
  EXPECT_TRUE(network_.subnets().Find(subnet));
  ASSERT_TRUE(api_.virtual_machines().Delete({}, machine_, "").ok());
  api_.Settle();
  EXPECT_FALSE(api_.disks().Find(disk_));
  EXPECT_FALSE(network_.subnets().Find(subnet));
}

TEST_F(FakeComputeApiTest, RefusesWhatDoesNotFit) {
  VirtualMachine machine = NewMachine();
  machine.compute_profile = "z9.s";
  EXPECT_EQ(api_.virtual_machines().Create({}, machine).status().code(),
            Code::kInvalidArgument);
  machine = NewMachine();
  machine.zone = "b";
  EXPECT_EQ(api_.virtual_machines().Create({}, machine).status().code(),
            Code::kInvalidArgument);
  machine = NewMachine();
  machine.disks.clear();
  EXPECT_EQ(api_.virtual_machines().Create({}, machine).status().code(),
            Code::kInvalidArgument);
  Disk disk;
  disk.metadata.id = Id<Disk>("d2");
  disk.zone = "a";
  disk.image = "beos.5";
  EXPECT_EQ(api_.disks().Create({}, disk).status().code(),
            Code::kInvalidArgument);
  disk.image = "";
  EXPECT_EQ(api_.disks().Create({}, disk).status().code(),
            Code::kInvalidArgument);
}

TEST_F(FakeComputeApiTest, AnAttachmentReachesDiskAndMachine) {
  Create(NewMachine());
  Disk data;
  data.metadata.id = Id<Disk>("data");
  data.zone = "a";
  data.size = DiskSize{.amount = 5};
  ASSERT_TRUE(api_.disks().Create({}, data).ok());
  HotswapAttachment attachment;
  attachment.metadata.id = Id<HotswapAttachment>("h1");
  attachment.disk = data.metadata.id;
  attachment.machine = machine_;
  ASSERT_TRUE(api_.hotswap_attachments().Create({}, attachment).ok());
  api_.Settle();
  EXPECT_THAT(api_.virtual_machines().Find(machine_)->status.hotswap_disks,
              ElementsAre(data.metadata.id));
  EXPECT_THAT(api_.disks().Find(data.metadata.id)->status.usage,
              ElementsAre(Disk::Usage{.hotswap = true, .machine = machine_}));
}

TEST_F(FakeComputeApiTest, AFailedMachineStaysFailed) {
  Create(NewMachine());
  api_.FailProvisioning(machine_);
  api_.Settle();
  EXPECT_EQ(api_.virtual_machines().Find(machine_)->status.state,
            "ProvisioningFailed");
}

TEST_F(FakeComputeApiTest, AStoppedMachineIsNotReady) {
  Create(NewMachine());
  api_.Settle();
  api_.Stop(machine_);
  const VirtualMachine machine = *api_.virtual_machines().Find(machine_);
  EXPECT_EQ(machine.status.state, "Stopped");
  EXPECT_FALSE(IsReady(machine.status.conditions));
}

TEST_F(FakeComputeApiTest, HasACatalogueUnlessItIsTakenAway) {
  EXPECT_EQ(api_.ListComputeProfiles({})->size(), 3U);
  EXPECT_THAT(*api_.ListDiskImages({}),
              ElementsAre(DiskImage{.name = "ubuntu-minimal.24-04.1"},
                          DiskImage{.name = "ubuntu.24-04.1"}));
  EXPECT_THAT(*api_.ListZones({}), ElementsAre("a", "b", "c"));
  api_.set_catalogue({}, {});
  EXPECT_EQ(api_.ListComputeProfiles({}).status().code(), Code::kNotFound);
  EXPECT_EQ(api_.ListDiskImages({}).status().code(), Code::kNotFound);
}

TEST_F(FakeComputeApiTest, HasTheCustomImagesThatItIsGiven) {
  EXPECT_EQ(api_.GetCustomImage({}, "golden").status().code(), Code::kNotFound);
  const DiskImage golden = {.name = "custom:golden", .architecture = "amd64"};
  api_.set_custom_images({golden});
  EXPECT_EQ(*api_.GetCustomImage({}, "golden"), golden);
  EXPECT_THAT(*api_.ListCustomImages({}), ElementsAre(golden));
}

}  // namespace
}  // namespace evroc::cloud
