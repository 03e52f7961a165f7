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

}  // namespace
}  // namespace evroc::cloud
