#include "shim/node/cluster_turns.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using Outcome = ClusterTurns::Outcome;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

ObjectKey Cluster(const std::string& name) { return {"ns", name}; }

// The names of those who get a place now, in order.
std::string Started(ClusterTurns& turns, absl::Time now) {
  std::string names;
  while (std::optional<ObjectKey> next = turns.Start(now)) names += next->name;
  return names;
}

std::string Overdue(ClusterTurns& turns, absl::Time now) {
  std::string names;
  for (const ObjectKey& cluster : turns.TakeOverdue(now)) {
    names += cluster.name;
  }
  return names;
}

ClusterTurns TurnsFor(size_t places, const std::string& clusters) {
  ClusterTurns turns(TurnOptions{.places = places});
  for (char name : clusters) turns.Add(Cluster({name}), kStart);
  return turns;
}

TEST(ClusterTurnsTest, FirstComeFirstServed) {
  ClusterTurns turns = TurnsFor(2, "cab");
  EXPECT_EQ(Started(turns, kStart), "ca");
  turns.Finish(Cluster("c"), Outcome::kDone, At(1), 0);
  EXPECT_EQ(Started(turns, At(1)), "b");
}

TEST(ClusterTurnsTest, AClusterIsQueuedOnce) {
  ClusterTurns turns = TurnsFor(2, "aa");
  EXPECT_EQ(Started(turns, kStart), "a");
  turns.Add(Cluster("a"), kStart);
  EXPECT_EQ(Started(turns, kStart), "");
  turns.Finish(Cluster("a"), Outcome::kDone, kStart, 0);
  EXPECT_TRUE(turns.empty());
  turns.Add(Cluster("a"), kStart);
  EXPECT_EQ(Started(turns, kStart), "a");
}

TEST(ClusterTurnsTest, OneThatIsRemovedGetsNoPlace) {
  ClusterTurns turns = TurnsFor(2, "ab");
  turns.Remove(Cluster("a"));
  EXPECT_EQ(Started(turns, kStart), "b");
  turns.Remove(Cluster("b"));  // has its turn
  turns.Remove(Cluster("c"));  // nobody
  EXPECT_FALSE(turns.empty());
}

TEST(ClusterTurnsTest, PausesGrowUpToTheLongestAndStartAnewAfterSuccess) {
  ClusterTurns turns(TurnOptions{.first_pause = absl::Seconds(1),
                                 .longest_pause = absl::Seconds(5),
                                 .growth = 2});
  turns.Add(Cluster("a"), kStart);
  absl::Time now = kStart;
  for (double pause : {1.0, 2.0, 4.0, 5.0, 5.0}) {
    ASSERT_EQ(Started(turns, now), "a");
    turns.Finish(Cluster("a"), Outcome::kFailed, now, 1);
    EXPECT_EQ(turns.NextEvent(now), now + absl::Seconds(pause));
    now += absl::Seconds(pause);
  }
  ASSERT_EQ(Started(turns, now), "a");
  turns.Finish(Cluster("a"), Outcome::kAgain, now, 1);
  ASSERT_EQ(Started(turns, now), "a");
  turns.Finish(Cluster("a"), Outcome::kFailed, now, 1);
  EXPECT_EQ(turns.NextEvent(now), now + absl::Seconds(1));
}

TEST(ClusterTurnsTest, PausesAreSpreadOverTheirSecondHalf) {
  for (double random : {0.0, 0.5, 1.0}) {
    ClusterTurns turns = TurnsFor(1, "a");
    Started(turns, kStart);
    turns.Finish(Cluster("a"), Outcome::kFailed, kStart, random);
    EXPECT_EQ(turns.NextEvent(kStart), At(0.5 + random / 2));
  }
}

TEST(ClusterTurnsTest, ManyFailuresDoNotOverflowThePause) {
  ClusterTurns turns = TurnsFor(1, "a");
  absl::Time now = kStart;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(Started(turns, now), "a");
    turns.Finish(Cluster("a"), Outcome::kFailed, now, 1);
    now = turns.NextEvent(now);
  }
  Started(turns, now);
  turns.Finish(Cluster("a"), Outcome::kFailed, now, 1);
  EXPECT_EQ(turns.NextEvent(now), now + absl::Minutes(1));
}

TEST(ClusterTurnsTest, ADeadOneLetsTheNextOneIn) {
  ClusterTurns turns = TurnsFor(1, "ab");
  EXPECT_EQ(Started(turns, kStart), "a");
  turns.Finish(Cluster("a"), Outcome::kFailed, At(1), 1);
  EXPECT_EQ(Started(turns, At(1)), "b");
}

TEST(ClusterTurnsTest, NobodyIsAskedToLeaveWhileThereIsRoom) {
  ClusterTurns turns = TurnsFor(2, "a");
  Started(turns, kStart);
  EXPECT_EQ(Overdue(turns, At(100)), "");
  EXPECT_EQ(turns.NextEvent(At(100)), absl::InfiniteFuture());
}

TEST(ClusterTurnsTest, WhoHeldAPlaceLongestMakesRoomFirst) {
  ClusterTurns turns = TurnsFor(2, "a");
  Started(turns, kStart);
  turns.Add(Cluster("b"), At(1));
  Started(turns, At(1));
  turns.Add(Cluster("c"), At(2));
  EXPECT_EQ(Started(turns, At(2)), "");
  EXPECT_EQ(Overdue(turns, At(2)), "");
  EXPECT_EQ(turns.NextEvent(At(2)), At(10));
  EXPECT_EQ(Overdue(turns, At(11)), "a");
  EXPECT_EQ(Overdue(turns, At(11)), "");  // one who waits, one who leaves
  EXPECT_EQ(turns.NextEvent(At(11)), absl::InfiniteFuture());
  turns.Add(Cluster("d"), At(11));
  EXPECT_EQ(Overdue(turns, At(11)), "b");
  turns.Finish(Cluster("a"), Outcome::kAgain, At(11), 0);
  EXPECT_EQ(Started(turns, At(11)), "c");
}

TEST(ClusterTurnsTest, SomebodyDueLaterIsAnEventWhileAllPlacesAreTaken) {
  ClusterTurns turns = TurnsFor(1, "ab");
  Started(turns, kStart);
  turns.Finish(Cluster("a"), Outcome::kFailed, kStart, 1);
  EXPECT_EQ(Started(turns, kStart), "b");
  EXPECT_EQ(turns.NextEvent(kStart), At(1));
  EXPECT_EQ(turns.NextEvent(At(1)), At(10));
}

TEST(ClusterTurnsTest, WithFewPlacesEverybodyGetsAsManyTurns) {
  ClusterTurns turns = TurnsFor(2, "abcde");
  std::map<char, int> served;
  absl::Time now = kStart;
  for (int round = 0; round < 50; ++round) {
    for (char name : Started(turns, now)) ++served[name];
    now += absl::Seconds(10);
    for (char name : Overdue(turns, now)) {
      turns.Finish(Cluster({name}), Outcome::kAgain, now, 0);
    }
  }
  for (const auto& [name, count] : served) EXPECT_EQ(count, 20) << name;
  EXPECT_EQ(served.size(), 5);
}

}  // namespace
}  // namespace evroc::shim
