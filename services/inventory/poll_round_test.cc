#include "services/inventory/poll_round.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

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
    return PlanRound(memory_, poll_intervals_, record_, now_);
  }
  static PollStep<PublicIp> Object(const std::string& id) {
    return {"", Id<PublicIp>(id)};
  }
  static PollStep<PublicIp> Cluster(const std::string& id) { return {id, {}}; }

  PollIntervals poll_intervals_;
  absl::Time now_ = absl::FromUnixSeconds(1000);
  InventoryMemory<PublicIp> memory_;
  InventoryMemory<PublicIp>::Changes changes_;
  PollRecord<PublicIp> record_{poll_intervals_};
};

TEST_F(PollRoundTest, SettledObjectsAreLeftAlone) {
  See("a", "1", "c");
  EXPECT_THAT(Plan().steps, IsEmpty());
  EXPECT_EQ(Plan().next, absl::InfiniteFuture());
}

TEST_F(PollRoundTest, FewAreReadOneByOne) {
  See("a", "", "c");
  See("b", "", "d");
  See("c", "1", "c");
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a"), Object("b")));
}

TEST_F(PollRoundTest, ManyOfOneClusterAreListed) {
  for (int i = 0; i < 4; ++i) See(absl::StrCat("a", i), "", "c");
  See("b", "", "d");
  EXPECT_THAT(Plan().steps, ElementsAre(Object("b"), Cluster("c")));
}

TEST_F(PollRoundTest, ManyOfNobodyAreReadOneByOne) {
  for (int i = 0; i < 4; ++i) See(absl::StrCat("a", i), "", "");
  EXPECT_THAT(Plan().steps, SizeIs(4));
}

TEST_F(PollRoundTest, WhatIsBeingDeletedMoves) {
  See("a", "1", "c");
  memory_.SawDeletion(Id<PublicIp>("a"), now_, changes_);
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a")));
}

TEST_F(PollRoundTest, WhatTakesLongIsReadLessOften) {
  See("a", "", "c");
  now_ += poll_intervals_.slow_down_after + absl::Seconds(1);
  EXPECT_THAT(Plan().steps, SizeIs(1));
  See("a", "", "c");
  EXPECT_THAT(Plan().steps, IsEmpty());
  EXPECT_EQ(Plan().next, now_ + poll_intervals_.slowed_down);
  now_ += poll_intervals_.slowed_down;
  EXPECT_THAT(Plan().steps, SizeIs(1));
}

TEST_F(PollRoundTest, WhatCantBeReadWaitsAloneAndComesLast) {
  for (const char* id : {"a", "b", "c"}) See(id, "", id);
  record_.Note(Object("a"), false, now_);
  EXPECT_THAT(Plan().steps, ElementsAre(Object("b"), Object("c")));
  EXPECT_LE(Plan().next, now_ + poll_intervals_.fast);
  now_ += poll_intervals_.fast;
  EXPECT_THAT(Plan().steps, ElementsAre(Object("b"), Object("c"), Object("a")));
  for (int i = 0; i < 20; ++i) record_.Note(Object("a"), false, now_);
  EXPECT_LE(Plan().next, now_ + poll_intervals_.longest_pause);
  EXPECT_GT(Plan().next, now_ + poll_intervals_.longest_pause / 2);
  record_.Note(Object("a"), true, now_);
  EXPECT_THAT(Plan().steps, SizeIs(3));
}

TEST_F(PollRoundTest, WhatCouldNotBeReadComesAfterWhatWasReadAtTheSameTime) {
  for (const char* id : {"a", "b"}) See(id, "", id);
  record_.Note(Object("a"), false, now_);
  record_.Note(Object("b"), true, now_);
  now_ += poll_intervals_.fast;
  EXPECT_THAT(Plan().steps, ElementsAre(Object("b"), Object("a")));
}

// Others that are read all the time must not keep it waiting for ever.
TEST_F(PollRoundTest, WhatCouldNotBeReadHasItsTurn) {
  for (const char* id : {"a", "b"}) See(id, "", id);
  record_.Note(Object("a"), false, now_);
  now_ += poll_intervals_.longest_pause + absl::Seconds(2);
  record_.Note(Object("b"), true, now_ - absl::Seconds(1));
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a"), Object("b")));
}

TEST_F(PollRoundTest, TheOneThatWasNotReadForLongestIsFirst) {
  for (const char* id : {"a", "b", "c"}) See(id, "", id);
  record_.Note(Object("a"), true, now_ + absl::Seconds(2));
  record_.Note(Object("b"), true, now_ + absl::Seconds(1));
  now_ += absl::Seconds(3);
  EXPECT_THAT(Plan().steps, ElementsAre(Object("c"), Object("b"), Object("a")));
  record_.Keep({Object("c")});
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a"), Object("b"), Object("c")));
}

TEST_F(PollRoundTest, WhatIsReferredToAndMissingIsLookedForEverySoOften) {
  memory_.SetReferences({"c", ""}, {{Id<PublicIp>("a"), true},
                                    {Id<PublicIp>("b"), true},
                                    {Id<PublicIp>("not awaited"), false}});
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a"), Object("b")));
  memory_.SawNothing(Id<PublicIp>("a"), memory_.sequence(), now_, changes_);
  See("b", "1", "");
  EXPECT_THAT(Plan().steps, IsEmpty());
  EXPECT_EQ(Plan().next, now_ + poll_intervals_.missing);
  now_ += poll_intervals_.missing;
  EXPECT_THAT(Plan().steps, ElementsAre(Object("a")));
  memory_.SetReferences({"c", ""}, {});
  EXPECT_THAT(Plan().steps, IsEmpty());
}

}  // namespace
}  // namespace evroc::cloud
