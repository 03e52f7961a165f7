#include "services/evroc/api/compute.h"

#include <gtest/gtest.h>

#include <limits>

namespace evroc::cloud {
namespace {

TEST(BytesTest, UnitsArePowersOf1024) {
  EXPECT_EQ(Bytes({.amount = 3, .unit = "KB"}), 3 * 1024);
  EXPECT_EQ(Bytes({.amount = 3, .unit = "MB"}), 3 * 1024 * 1024);
  EXPECT_EQ(Bytes({.amount = 32, .unit = "GB"}), 34359738368);
  EXPECT_EQ(Bytes({.amount = 1, .unit = "TB"}), 1099511627776);
}

TEST(BytesTest, WhatMakesNoSenseIsNothing) {
  EXPECT_EQ(Bytes({.amount = 5, .unit = "parsec"}), 0);
  EXPECT_EQ(Bytes({.amount = 5, .unit = ""}), 0);
  EXPECT_EQ(Bytes({.amount = -5, .unit = "GB"}), 0);
}

TEST(BytesTest, StopsAtTheLargestNumber) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Bytes({.amount = most, .unit = "TB"}), most);
}

TEST(IsGrowingTest, ComparesSizesInBytes) {
  Disk disk;
  EXPECT_FALSE(IsGrowing(disk));
  disk.size = DiskSize{20, "GB"};
  EXPECT_FALSE(IsGrowing(disk)) << "its size is not known yet";
  disk.status.size = DiskSize{20'480, "MB"};
  EXPECT_FALSE(IsGrowing(disk));
  disk.status.size = DiskSize{20'479, "MB"};
  EXPECT_TRUE(IsGrowing(disk));
  disk.status.size = DiskSize{1, "TB"};
  EXPECT_FALSE(IsGrowing(disk));
}

}  // namespace
}  // namespace evroc::cloud
