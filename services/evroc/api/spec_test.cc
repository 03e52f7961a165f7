#include "services/evroc/api/spec.h"

#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

TEST(SameSpecTest, IgnoresWhatIsObservedOrOnlyCreated) {
  VirtualMachine read;
  read.metadata.id = Id<VirtualMachine>("vm1");
  VirtualMachine wanted = read;
  read.metadata.uid = "u";
  read.metadata.resource_version = "7";
  read.status.state = "Running";
  wanted.user_data = "secret";
  wanted.ssh_authorized_keys = {"ssh-ed25519 AAAA"};
  EXPECT_TRUE(SameSpec(read, wanted));
}

TEST(SameSpecTest, SeesLabelsAndSpec) {
  Disk disk;
  Disk grown = disk;
  grown.size = DiskSize{.amount = 20};
  EXPECT_FALSE(SameSpec(disk, grown));
  Disk labelled = disk;
  labelled.metadata.labels["a"] = "1";
  EXPECT_FALSE(SameSpec(disk, labelled));
}

TEST(SameSpecTest, WorksForKindsWithoutStatus) {
  BackendPool pool;
  pool.metadata.generation = 3;
  EXPECT_TRUE(SameSpec(pool, BackendPool()));
}

TEST(WithoutCreateOnlyTest, TakesUserDataAway) {
  VirtualMachine machine;
  machine.user_data = "secret";
  machine.status.state = "Running";
  const VirtualMachine read = WithoutCreateOnly(machine);
  EXPECT_EQ(read.user_data, "");
  EXPECT_EQ(read.status.state, "Running");
}

}  // namespace
}  // namespace evroc::cloud
