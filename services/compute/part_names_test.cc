#include "services/compute/part_names.h"

#include <string>

#include "common/names/dns_label.h"
#include "gtest/gtest.h"

namespace evroc::compute {
namespace {

TEST(DataDiskNameTest, IsWhatItsIdSays) {
  const cloud::Owner machine{"c1", "prod", "m1", "worker", "worker-0"};
  const auto name = [&](const char* disk) {
    return DataDiskName(machine, DiskId(machine, disk));
  };
  EXPECT_EQ(name("etcd"), "etcd");
  EXPECT_EQ(name("data-1"), "data-1");
}

TEST(DataDiskNameTest, IsReadBeforeAHashWhereTheNameIsTooLong) {
  const std::string vm(53, 'm');
  const cloud::Owner machine{"c1", "prod", "m1", vm, vm};
  for (const char* disk : {"ten-letters", "more-data-1"}) {
    const cloud::Id<cloud::Disk> id = DiskId(machine, disk);
    EXPECT_TRUE(IsDnsLabel(id.value())) << id.value();
    EXPECT_EQ(DataDiskName(machine, id), disk);
  }
}

}  // namespace
}  // namespace evroc::compute
