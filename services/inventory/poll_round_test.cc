#include "services/inventory/poll_round.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

// A public IP is in transition until it has an address.
class PollRoundTest : public testing::Test {
 protected:
  void See(const std::string& id, const std::string& address,
           const std::string& cluster) {
    PublicIp object;
    object.metadata.id = Id<PublicIp>(id);
    if (!cluster.empty()) {
      object.metadata.labels = OwnerLabels({cluster, cluster, "", ""});
    }
    object.status.address = address;
    memory_.Saw(object, memory_.sequence(), now_, changes_);
  }
  PollRound<PublicIp> Plan() const {
    return PlanRound(memory_, poll_intervals_, now_);
  }

  PollIntervals poll_intervals_;
  absl::Time now_ = absl::FromUnixSeconds(1000);
  InventoryMemory<PublicIp> memory_;
  InventoryMemory<PublicIp>::Changes changes_;
};

TEST_F(PollRoundTest, SettledObjectsAreLeftAlone) {
  See("a", "1", "c");
  EXPECT_FALSE(AnyMoving(memory_));
  EXPECT_EQ(Plan().calls(), 0);
}

TEST_F(PollRoundTest, FewAreReadOneByOne) {
  See("a", "", "c");
  See("b", "", "d");
  See("c", "1", "c");
  EXPECT_TRUE(AnyMoving(memory_));
  const PollRound<PublicIp> round = Plan();
  EXPECT_TRUE(round.clusters.empty());
  EXPECT_EQ(round.objects,
            (std::vector<Id<PublicIp>>{Id<PublicIp>("a"), Id<PublicIp>("b")}));
}

TEST_F(PollRoundTest, ManyOfOneClusterAreListed) {
  for (int i = 0; i < 4; ++i) See(absl::StrCat("a", i), "", "c");
  See("b", "", "d");
  const PollRound<PublicIp> round = Plan();
  EXPECT_EQ(round.clusters, std::set<std::string>{"c"});
  EXPECT_EQ(round.objects, std::vector<Id<PublicIp>>{Id<PublicIp>("b")});
  EXPECT_EQ(round.calls(), 2);
}

TEST_F(PollRoundTest, ManyOfNobodyAreReadOneByOne) {
  for (int i = 0; i < 4; ++i) See(absl::StrCat("a", i), "", "");
  EXPECT_TRUE(Plan().clusters.empty());
  EXPECT_EQ(Plan().objects.size(), 4u);
}

TEST_F(PollRoundTest, WhatIsBeingDeletedMoves) {
  See("a", "1", "c");
  memory_.SawDeletion(Id<PublicIp>("a"), now_, changes_);
  EXPECT_TRUE(AnyMoving(memory_));
  EXPECT_EQ(Plan().calls(), 1);
}

TEST_F(PollRoundTest, WhatTakesLongIsReadLessOften) {
  See("a", "", "c");
  now_ += poll_intervals_.slow_down_after + absl::Seconds(1);
  EXPECT_EQ(Plan().calls(), 1);
  See("a", "", "c");
  EXPECT_EQ(Plan().calls(), 0);
  now_ += poll_intervals_.slowed_down;
  EXPECT_EQ(Plan().calls(), 1);
}

}  // namespace
}  // namespace evroc::cloud
