#include "shim/reconcile/machine/status/wait_times.h"

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const ObjectKey kMachine = {"ns", "m"};

class WaitTimesTest : public ::testing::Test {
 protected:
  absl::Duration Waited(absl::Time since, absl::Duration after) {
    return times_.Waited(kMachine, since, kNow + after);
  }

  WaitTimes times_;
};

TEST_F(WaitTimesTest, CountsFromTheFirstLookWhateverTheCloudsClockSays) {
  for (const absl::Duration ahead : {absl::Hours(-9), absl::Hours(9)}) {
    const absl::Time since = kNow + ahead;
    EXPECT_EQ(Waited(since, absl::ZeroDuration()), absl::ZeroDuration());
    EXPECT_EQ(Waited(since, absl::Minutes(7)), absl::Minutes(7));
  }
}

TEST_F(WaitTimesTest, AnotherWaitIsCountedFromItsOwnBeginning) {
  EXPECT_EQ(Waited(kNow, absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(Waited(kNow + absl::Seconds(1), absl::Minutes(1)),
            absl::ZeroDuration());
  EXPECT_EQ(Waited(absl::InfinitePast(), absl::Minutes(2)),
            absl::ZeroDuration());
  EXPECT_EQ(Waited(kNow + absl::Seconds(1), absl::Minutes(3)),
            absl::ZeroDuration());
  times_.Forget(kMachine);
  EXPECT_EQ(Waited(kNow + absl::Seconds(1), absl::Minutes(4)),
            absl::ZeroDuration());
}

TEST_F(WaitTimesTest, EachMachineHasItsOwn) {
  EXPECT_EQ(Waited(kNow, absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(times_.Waited({"ns", "n"}, kNow, kNow + absl::Minutes(1)),
            absl::ZeroDuration());
  EXPECT_EQ(Waited(kNow, absl::Minutes(2)), absl::Minutes(2));
}

}  // namespace
}  // namespace evroc::shim
