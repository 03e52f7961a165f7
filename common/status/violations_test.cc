#include "common/status/violations.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

TEST(ViolationsTest, TellsTheFirstAndCountsTheRest) {
  Violations violations;
  for (int i = 0; i < 1'000'000; ++i) violations.Add("field", "is wrong");
  const absl::Status status = violations.ToStatus();
  const size_t told = DetailsOf(status).field_violations.size();
  EXPECT_LE(told, Violations::kMostTold);
  EXPECT_TRUE(absl::EndsWith(status.message(),
                             absl::StrCat("; and ", 1'000'000 - told, " more")))
      << status.message();
}

TEST(ViolationsTest, TellsALimitedNumberOfBytes) {
  Violations violations;
  violations.Add("a", std::string(1 << 20, 'x'));
  violations.Add("b", "is wrong");
  EXPECT_LE(violations.ToStatus().message().size(),
            Violations::kMostBytesTold + 100);
}

TEST(ViolationsTest, ManyLongOnesAreALimitedNumberOfBytesToo) {
  Violations violations;
  const size_t long_one = Violations::kMostBytesTold / 2 + 1;
  for (int i = 0; i < 40; ++i) violations.Add("f", std::string(long_one, 'x'));
  const absl::Status status = violations.ToStatus();
  EXPECT_LE(status.message().size(), Violations::kMostBytesTold + 100);
  EXPECT_TRUE(absl::EndsWith(status.message(), "; and 38 more"))
      << status.message();
}

TEST(ViolationsTest, AListThatIsTooLongIsOneViolation) {
  Violations violations;
  EXPECT_TRUE(violations.CheckSize(30, 30, "list"));
  EXPECT_FALSE(violations.CheckSize(31, 30, "list"));
  EXPECT_EQ(violations.ToStatus().message(), "list: there are more than 30");
}

}  // namespace
}  // namespace evroc
