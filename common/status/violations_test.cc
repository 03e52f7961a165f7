#include "common/status/violations.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(ViolationsTest, NoneIsNoError) {
  Violations violations;
  EXPECT_TRUE(violations.Check(true, "a", "is wrong"));
  violations.CheckPort(65535, "b");
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(ViolationsTest, TheErrorNamesEveryField) {
  Violations violations;
  EXPECT_FALSE(violations.Check(false, "a", "is wrong"));
  violations.CheckPort(0, "b");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "a: is wrong; b: is not 1 to 65535");
  EXPECT_EQ(DetailsOf(status).field_violations.size(), 2);
}

}  // namespace
}  // namespace evroc
