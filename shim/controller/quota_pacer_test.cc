#include "shim/controller/quota_pacer.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ObjectKey kOurs{"ns", "ours"};
const ObjectKey kTheirs{"ns", "theirs"};

constexpr absl::Duration kInterval = absl::Minutes(3);

class QuotaPacerTest : public testing::Test {
 protected:
  absl::Duration Refused(const std::string& name, const ObjectKey& cluster) {
    return pacer_.Refused({kEvrocMachineType, {"ns", name}}, cluster,
                          [this, name] { woken_.push_back(name); });
  }

  FakeClock clock_;
  std::vector<std::string> woken_;
  QuotaPacer pacer_{clock_, kInterval};
};

TEST_F(QuotaPacerTest, IsSlowWhileNobodyFreesAnything) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Refused("m", kOurs), kInterval);
    clock_.Advance(kInterval);
  }
  EXPECT_THAT(woken_, IsEmpty());
}

TEST_F(QuotaPacerTest, ADeletionWakesAndSomeTriesFollowSoon) {
  Refused("m", kOurs);
  pacer_.Freed(kOurs);
  EXPECT_THAT(woken_, ElementsAre("m"));
  for (int i = 0; i < QuotaPacer::kSoonTries; ++i) {
    EXPECT_EQ(Refused("m", kOurs), QuotaPacer::kSoon);
    clock_.Advance(QuotaPacer::kSoon);
  }
  EXPECT_EQ(Refused("m", kOurs), kInterval);
}

// The machine that takes a deleted one's place is refused after the deletion.
TEST_F(QuotaPacerTest, ARefusalSoonAfterADeletionIsTriedAgainSoon) {
  pacer_.Freed(kOurs);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Refused("m", kOurs), QuotaPacer::kSoon);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Refused("later", kOurs), kInterval);
}

// Quota is the organisation's, so another cluster's deletion counts too.
TEST_F(QuotaPacerTest, WakesAFewTheClustersOwnFirstThenByAge) {
  Refused("theirs-old", kTheirs);
  clock_.Advance(absl::Seconds(1));
  for (int i = 0; i < QuotaPacer::kWoken; ++i) {
    Refused(absl::StrCat("theirs-", i), kTheirs);
  }
  clock_.Advance(absl::Seconds(1));
  Refused("ours", kOurs);
  pacer_.Freed(kOurs);
  EXPECT_THAT(woken_,
              ElementsAre("ours", "theirs-old", "theirs-0", "theirs-1"));
  EXPECT_EQ(Refused("theirs-3", kTheirs), kInterval);
}

TEST_F(QuotaPacerTest, ForgetsWhatIsNotRefusedAnyMore) {
  Refused("m", kOurs);
  clock_.Advance(2 * kInterval + absl::Seconds(1));
  pacer_.Freed(kOurs);
  EXPECT_THAT(woken_, IsEmpty());
}

}  // namespace
}  // namespace evroc::shim
