#include "shim/reconcile/machine/status/lateness.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(30);
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

MachineSnapshot Waiting() { return {.waiting_since = kStart}; }

Lateness At(absl::Duration after, absl::Duration timeout = kTimeout) {
  return LatenessOf(Waiting(), false, after, timeout);
}

TEST(LatenessTest, ComesInStages) {
  using Stage = Lateness::Stage;
  EXPECT_EQ(At(absl::Minutes(4)).stage, Stage::kNone);
  EXPECT_EQ(At(absl::Minutes(4)).next, absl::Minutes(1));
  EXPECT_EQ(At(absl::Minutes(5)).stage, Stage::kLate);
  EXPECT_EQ(At(absl::Minutes(5)).next, kTimeout - absl::Minutes(5));
  EXPECT_EQ(At(kTimeout).stage, Stage::kTimedOut);
  EXPECT_EQ(At(kTimeout).next, absl::InfiniteDuration());
}

TEST(LatenessTest, AShortTimeoutMakesLateSooner) {
  EXPECT_EQ(At(absl::Seconds(9), absl::Minutes(1)).next, absl::Seconds(1));
}

TEST(LatenessTest, WithoutATimeoutItIsLateForEver) {
  const Lateness lateness = At(absl::Hours(99), absl::ZeroDuration());
  EXPECT_EQ(lateness.stage, Lateness::Stage::kLate);
  EXPECT_EQ(lateness.next, absl::InfiniteDuration());
}

TEST(LatenessTest, AMachineThatWaitsForNothingOrRanOnceIsNotLate) {
  for (const Lateness& each :
       {LatenessOf({}, false, absl::Hours(9), kTimeout),
        LatenessOf(Waiting(), true, absl::Hours(9), kTimeout)}) {
    EXPECT_EQ(each.stage, Lateness::Stage::kNone);
    EXPECT_EQ(each.next, absl::InfiniteDuration());
  }
}

}  // namespace
}  // namespace evroc::shim
