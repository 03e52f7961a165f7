#include "shim/reconcile/deletion_intervals.h"

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

class DeletionIntervalsTest : public testing::Test {
 protected:
  absl::Duration Next(const std::string& object, const std::string& left) {
    return intervals_.Next({"ns", object}, left);
  }

  FakeClock clock_;
  DeletionIntervals intervals_{clock_};
};

// A person may take days.
TEST_F(DeletionIntervalsTest, GrowsToItsLimitWhileNothingChanges) {
  int looks = 0;
  const absl::Time begin = clock_.Now();
  while (clock_.Now() < begin + absl::Hours(24)) {
    const absl::Duration next = Next("c", "a subnet");
    EXPECT_GE(next, DeletionIntervals::kShortest);
    EXPECT_LE(next, DeletionIntervals::kLongest);
    clock_.Advance(next);
    ++looks;
  }
  EXPECT_LT(looks, 24 * 12 + 10);
  EXPECT_EQ(Next("c", "a subnet"), DeletionIntervals::kLongest);
}

// Events may come in between, however often.
TEST_F(DeletionIntervalsTest, IsMeasuredInTimeAndNotInLooks) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Next("c", "a subnet"), DeletionIntervals::kShortest);
  }
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Next("c", "a subnet"), absl::Minutes(1));
}

TEST_F(DeletionIntervalsTest, BeginsAgainWhenSomethingChanges) {
  Next("c", "a subnet and a VPC");
  Next("d", "a subnet");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Next("c", "a VPC"), DeletionIntervals::kShortest);
  EXPECT_EQ(Next("d", "a subnet"), DeletionIntervals::kLongest);
  intervals_.Forget({"ns", "d"});
  EXPECT_EQ(Next("d", "a subnet"), DeletionIntervals::kShortest);
}

}  // namespace
}  // namespace evroc::shim
