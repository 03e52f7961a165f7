#include "services/inventory/inventory.h"

#include <memory>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evroc/testing/fake_compute_api.h"
#include "services/evroc/testing/fake_network_api.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

const Owner kOwner = {"c", "cluster", "", ""};
const OwnerKey kKey = {"c", ""};

class InventoryTest : public testing::Test {
 protected:
  ~InventoryTest() override { inventory_.reset(); }

  void Use(FakeDialect dialect) {
    network_ = std::make_unique<FakeNetworkApi>(dialect, clock_);
    inventory_ = std::make_unique<Inventory<PublicIp>>(
        network_->public_ips(),
        InventoryOptions{.selector = ManagedSelector(),
                         .poll_intervals = poll_intervals_},
        scheduler_, clock_, [this](const std::set<OwnerKey>& changed) {
          absl::MutexLock lock(&mutex_);
          ++changes_;
          changed_.insert(changed.begin(), changed.end());
        });
  }

  static PublicIp Address(const std::string& id, const Owner& owner = kOwner) {
    PublicIp address;
    address.metadata.id = Id<PublicIp>(id);
    address.metadata.labels = OwnerLabels(owner);
    return address;
  }

  // Blocks until changes have come after which `done` holds.
  void AwaitChange(const std::function<bool()>& done) {
    int seen = 0;
    while (!done()) {
      absl::MutexLock lock(&mutex_);
      struct More {
        const int& changes;
        int seen;
        bool Came() const { return changes > seen; }
      } more{changes_, seen};
      mutex_.Await(absl::Condition(&more, &More::Came));
      seen = changes_;
    }
  }
  void AwaitSynced() {
    AwaitChange([&] { return inventory_->sync_state().synced; });
  }
  // Lets the pollers, which wait on the clock, run.
  void Advance(absl::Duration duration) {
    clock_.AwaitWaiters(1);
    clock_.Advance(duration);
  }
  int Lists() { return network_->public_ips().faults().calls(Verb::kList); }
  int Gets() { return network_->public_ips().faults().calls(Verb::kGet); }
  bool HasAddress(const char* id) {
    const auto known = inventory_->Cached(Id<PublicIp>(id));
    return known.has_value() && !known->object.status.address.empty();
  }

  PollIntervals poll_intervals_;
  FakeClock clock_;
  absl::Mutex mutex_;
  int changes_ = 0;
  std::set<OwnerKey> changed_;
  PollScheduler scheduler_{1, clock_};
  std::unique_ptr<FakeNetworkApi> network_;
  std::unique_ptr<Inventory<PublicIp>> inventory_;
};

TEST_F(InventoryTest, ReadsThroughWhileNobodyWatches) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("a"));
  for (int i = 0; i < 3; ++i) {
    const auto found = inventory_->Get({}, Id<PublicIp>("a"));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(found->has_value());
  }
  EXPECT_EQ(Gets(), 1);
  clock_.Advance(absl::Seconds(6));
  ASSERT_TRUE(inventory_->Get({}, Id<PublicIp>("a")).ok());
  EXPECT_EQ(Gets(), 2);
}

TEST_F(InventoryTest, ListsAClusterOnceInAWhile) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("a"));
  network_->public_ips().Put(Address("b", {"other", "other", "", ""}));
  for (int i = 0; i < 3; ++i) {
    const auto found = inventory_->ListByCluster({}, "c");
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), 1);
    EXPECT_EQ(found->front().object.metadata.id.value(), "a");
  }
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, TellsAClustersOwnObjectsFromItsMachines) {
  Use(FakeDialect::kRest);
  const Owner machine = {"c", "cluster", "m", "machine"};
  network_->public_ips().Put(Address("a"));
  network_->public_ips().Put(Address("b", machine));
  const auto ids_of = [&](const Owner& owner) {
    const auto found = inventory_->ListByOwner({}, KeyOf(owner));
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> ids;
    for (const auto& each : found.value_or(std::vector<Known<PublicIp>>())) {
      ids.push_back(each.object.metadata.id.value());
    }
    return ids;
  };
  EXPECT_THAT(ids_of(kOwner), testing::ElementsAre("a"));
  EXPECT_THAT(ids_of(machine), testing::ElementsAre("b"));
  EXPECT_THAT(ids_of({"c", "cluster", "n", "other"}), testing::IsEmpty());
}

TEST_F(InventoryTest, AnswersFromMemoryWhileWatching) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("a"));
  network_->Settle();
  inventory_->StartWatching();
  AwaitSynced();
  network_->ResetCalls();
  EXPECT_TRUE(inventory_->Get({}, Id<PublicIp>("a"))->has_value());
  EXPECT_FALSE(inventory_->Get({}, Id<PublicIp>("b"))->has_value());
  EXPECT_EQ(inventory_->ListByCluster({}, "c")->size(), 1);
  EXPECT_EQ(network_->reads(), 0);
}

TEST_F(InventoryTest, AsksForWhatItsMemoryLacks) {
  Use(FakeDialect::kRest);
  const Id<PublicIp> id("a");
  EXPECT_FALSE(inventory_->GetFreshIfMissing({}, id)->has_value());
  EXPECT_FALSE(inventory_->GetFreshIfMissing({}, id)->has_value());
  EXPECT_EQ(Gets(), 1) << "an answer of the last seconds counts";
  inventory_->StartWatching();
  AwaitSynced();
  network_->ResetCalls();
  EXPECT_FALSE(inventory_->GetFreshIfMissing({}, id)->has_value());
  EXPECT_EQ(Gets(), 1);
  network_->public_ips().Put(Address("a"));
  EXPECT_TRUE(inventory_->GetFreshIfMissing({}, id)->has_value());
  EXPECT_EQ(Gets(), 2);
  EXPECT_TRUE(inventory_->GetFreshIfMissing({}, id)->has_value());
  EXPECT_EQ(Gets(), 2);
}

TEST_F(InventoryTest, PollsQuicklyOnlyWhatIsInTransition) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("steady"));
  network_->Settle();
  inventory_->StartWatching();
  AwaitSynced();
  ASSERT_TRUE(inventory_->Create({}, Address("fresh")).ok());
  network_->ResetCalls();
  network_->Settle();
  Advance(absl::Seconds(2));
  AwaitChange([&] { return HasAddress("fresh"); });
  EXPECT_EQ(Gets(), 1);
  EXPECT_EQ(Lists(), 0);
  // Settled: no call for minutes, then a list against drift.
  network_->ResetCalls();
  Advance(absl::Minutes(3));
  clock_.AwaitWaiters(1);
  EXPECT_EQ(network_->reads(), 0);
  network_->public_ips().Put(Address("stray"));
  Advance(absl::Minutes(4));
  AwaitChange(
      [&] { return inventory_->Cached(Id<PublicIp>("stray")).has_value(); });
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, ListsAClusterOfWhichMuchIsInTransition) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(inventory_->Create({}, Address(id)).ok());
  }
  network_->ResetCalls();
  network_->Settle();
  Advance(absl::Seconds(2));
  AwaitChange([&] { return HasAddress("e"); });
  EXPECT_EQ(Lists(), 1);
  EXPECT_EQ(Gets(), 0);
}

TEST_F(InventoryTest, PollsMuchLessOftenThanLittle) {
  poll_intervals_.polls_per_second = 0.5;
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(inventory_->Create({}, Address(id)).ok());
  }
  network_->ResetCalls();
  Advance(absl::Seconds(2));
  AwaitChange([&] { return Gets() == 3; });
  // Three calls at one in two seconds.
  Advance(absl::Seconds(5));
  clock_.AwaitWaiters(1);
  EXPECT_EQ(Gets(), 3);
  Advance(absl::Seconds(1));
  AwaitChange([&] { return Gets() == 6; });
}

// A creation whose answer was lost is found by a read.
TEST_F(InventoryTest, PollsWhatAReadShowedToBeInTransition) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().Put(Address("a"));
  ASSERT_TRUE(inventory_->GetFresh({}, Id<PublicIp>("a")).ok());
  network_->Settle();
  Advance(absl::Seconds(2));
  AwaitChange([&] { return HasAddress("a"); });
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, AsksForWhatACreationMadeWhoseAnswerWasLost) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  ASSERT_TRUE(inventory_->Refresh({}, kKey).ok());
  network_->public_ips().faults().LoseAnswer(Verb::kCreate);
  ASSERT_FALSE(inventory_->Create({}, Address("a")).ok());
  EXPECT_EQ(inventory_->ListByCluster({}, "c")->size(), 1U);
  EXPECT_EQ(Lists(), 3);
  ASSERT_TRUE(inventory_->ListByCluster({}, "c").ok());
  EXPECT_EQ(Lists(), 3) << "it is in memory now";
  // Before something is deleted, until everything has been listed.
  ASSERT_TRUE(inventory_->RefreshIfStale({}, kKey).ok());
  EXPECT_EQ(Lists(), 4);
  ASSERT_TRUE(inventory_->RefreshIfStale({}, {"another", ""}).ok());
  EXPECT_EQ(Lists(), 4);
}

TEST_F(InventoryTest, ARefusedCreationRaisesNoDoubt) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().faults().Fail(Verb::kCreate,
                                       absl::ResourceExhaustedError("quota"));
  ASSERT_FALSE(inventory_->Create({}, Address("a")).ok());
  ASSERT_TRUE(inventory_->RefreshIfStale({}, kKey).ok());
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, FollowsADeletionToItsEnd) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  ASSERT_TRUE(inventory_->Create({}, Address("a")).ok());
  const auto gone = inventory_->Delete({}, Id<PublicIp>("a"), "");
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_FALSE(*gone);
  EXPECT_TRUE(inventory_->Cached(Id<PublicIp>("a"))->deleting);
  network_->Settle();
  Advance(absl::Seconds(2));
  AwaitChange(
      [&] { return !inventory_->Cached(Id<PublicIp>("a")).has_value(); });
  absl::MutexLock lock(&mutex_);
  EXPECT_TRUE(changed_.contains(KeyOf(kOwner)));
}

TEST_F(InventoryTest, AListThatBeganBeforeAWriteDoesNotUndoIt) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  // An object is created while the next list is in progress.
  network_->public_ips().faults().Before(Verb::kList, [&] {
    const PublicIp object = Address("late");
    ASSERT_TRUE(inventory_->Create({}, object).ok());
    network_->public_ips().Vanish(object.metadata.id);
  });
  const absl::Time before = inventory_->sync_state().confirmed;
  Advance(absl::Minutes(7));
  AwaitChange([&] { return inventory_->sync_state().confirmed > before; });
  EXPECT_TRUE(inventory_->Cached(Id<PublicIp>("late")).has_value());
}

TEST_F(InventoryTest, KeepsItsMemoryWhenTheCloudFails) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("a"));
  network_->Settle();
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().faults().Fail(
      Verb::kList, absl::UnavailableError("down"), FakeFaults::kForever);
  Advance(absl::Minutes(7));
  AwaitChange([&] { return !inventory_->sync_state().error.ok(); });
  EXPECT_TRUE(inventory_->sync_state().synced);
  EXPECT_TRUE(inventory_->Cached(Id<PublicIp>("a")).has_value());
  network_->public_ips().faults().Clear();
  Advance(absl::Minutes(1));
  AwaitChange([&] { return inventory_->sync_state().error.ok(); });
}

TEST_F(InventoryTest, OneThatCantBeReadKeepsNobodyWaiting) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  ASSERT_TRUE(inventory_->Create({}, Address("a")).ok());
  ASSERT_TRUE(inventory_->Create({}, Address("b")).ok());
  network_->Settle();
  network_->public_ips().faults().Fail(Verb::kGet,
                                       absl::InternalError("senseless"));
  Advance(absl::Seconds(2));
  AwaitChange([&] { return HasAddress("b"); });
  EXPECT_FALSE(HasAddress("a"));
}

// Reads that go past the memory meanwhile forget what is old in it.
TEST_F(InventoryTest, WhatIsMadeDuringASlowFirstListIsKept) {
  Use(FakeDialect::kRest);
  network_->public_ips().faults().After(Verb::kList, [&] {
    ASSERT_TRUE(inventory_->Create({}, Address("a")).ok());
    clock_.Advance(absl::Seconds(8));
    ASSERT_TRUE(inventory_->Get({}, Id<PublicIp>("other")).ok());
  });
  inventory_->StartWatching();
  AwaitSynced();
  EXPECT_TRUE(inventory_->Cached(Id<PublicIp>("a")).has_value());
  EXPECT_EQ(inventory_->ListByCluster({}, "c")->size(), 1U);
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, AListThatFailsHoldsUpNoRead) {
  Use(FakeDialect::kRest);
  inventory_->StartWatching();
  AwaitSynced();
  ASSERT_TRUE(inventory_->Create({}, Address("a")).ok());
  network_->public_ips().faults().Fail(
      Verb::kList, absl::UnavailableError("down"), FakeFaults::kForever);
  Advance(absl::Minutes(7));
  AwaitChange([&] { return !inventory_->sync_state().error.ok(); });
  network_->Settle();
  while (!HasAddress("a")) clock_.AdvanceToNextDeadline();
  EXPECT_LT(Lists(), 8);
}

// An element that has no id may be any object that the list lacks.
TEST_F(InventoryTest, AnElementThatCantBeReadHidesNoOtherAndShowsNoAbsence) {
  Use(FakeDialect::kRest);
  network_->public_ips().Put(Address("a"));
  ASSERT_TRUE(inventory_->Refresh({}, {"c", ""}).ok());
  network_->public_ips().Vanish(Id<PublicIp>("a"));
  network_->public_ips().Put(Address("b"));
  network_->public_ips().set_behaviour(
      {.unread = absl::DataLossError("one has no id")});
  EXPECT_TRUE(absl::IsDataLoss(inventory_->Refresh({}, {"c", ""})));
  EXPECT_EQ(inventory_->CachedByCluster("c").size(), 2U);
  EXPECT_TRUE(absl::IsDataLoss(inventory_->ListEveryones({}).status()));
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(absl::IsDataLoss(inventory_->ListByCluster({}, "c").status()));
  network_->public_ips().set_behaviour({});
  ASSERT_TRUE(inventory_->Refresh({}, {"c", ""}).ok());
  EXPECT_EQ(inventory_->CachedByCluster("c").size(), 1U);
}

TEST_F(InventoryTest, WhatIsAwaitedIsFoundAndTold) {
  Use(FakeDialect::kRest);
  const OwnerKey waiting = {"d", ""};
  inventory_->StartWatching();
  AwaitSynced();
  inventory_->SetReferences(waiting, {{Id<PublicIp>("a"), true}});
  Advance(absl::Seconds(2));
  while (Gets() == 0) std::this_thread::yield();
  clock_.AwaitWaiters(1);
  EXPECT_EQ(Gets(), 1);
  network_->public_ips().Put(Address("a"));
  Advance(poll_intervals_.missing);
  AwaitChange([&] {
    absl::MutexLock lock(&mutex_);
    return changed_.contains(waiting);
  });
  EXPECT_EQ(Gets(), 2);
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, SaysThatItIsRefused) {
  Use(FakeDialect::kRest);
  network_->public_ips().faults().Fail(
      Verb::kList, absl::UnauthenticatedError("no"), FakeFaults::kForever);
  inventory_->StartWatching();
  AwaitChange(
      [&] { return absl::IsUnauthenticated(inventory_->sync_state().error); });
  EXPECT_FALSE(inventory_->sync_state().synced);
}

TEST_F(InventoryTest, WatchesWhereTheCloudDoes) {
  Use(FakeDialect::kKcp);
  inventory_->StartWatching();
  AwaitSynced();
  network_->ResetCalls();
  network_->public_ips().Put(Address("a"));
  PublicIp foreign = Address("foreign");
  foreign.metadata.labels.clear();
  network_->public_ips().Put(foreign);
  network_->Settle();
  AwaitChange([&] { return HasAddress("a"); });
  network_->public_ips().Vanish(Id<PublicIp>("a"));
  AwaitChange(
      [&] { return !inventory_->Cached(Id<PublicIp>("a")).has_value(); });
  EXPECT_FALSE(inventory_->Cached(Id<PublicIp>("foreign")).has_value());
  EXPECT_EQ(network_->reads(), 0);
  // The version is too old: a list, and the watch resumes.
  network_->public_ips().ForgetHistory();
  network_->public_ips().EndWatches();
  network_->public_ips().Put(Address("b"));
  network_->Settle();
  clock_.AdvanceToNextDeadline();
  AwaitChange([&] { return HasAddress("b"); });
}

TEST_F(InventoryTest, ABookmarkIsASignOfLife) {
  Use(FakeDialect::kKcp);
  inventory_->StartWatching();
  AwaitSynced();
  clock_.Advance(absl::Minutes(1));
  const absl::Time now = clock_.Now();
  network_->public_ips().SendBookmark();
  while (inventory_->sync_state().confirmed < now) std::this_thread::yield();
  EXPECT_EQ(Lists(), 1);
}

TEST_F(InventoryTest, AWatchThatIsSilentIsFollowedByAList) {
  Use(FakeDialect::kKcp);
  network_->public_ips().faults().Fail(
      Verb::kWatch, absl::DeadlineExceededError("nothing has come"));
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().Put(Address("a"));
  network_->Settle();
  clock_.AdvanceToNextDeadline();
  AwaitChange([&] { return HasAddress("a"); });
  EXPECT_TRUE(inventory_->sync_state().synced);
}

TEST_F(InventoryTest, AVersionThatIsTooOldEachTimeIsAListAfterEachPause) {
  Use(FakeDialect::kKcp);
  auto& faults = network_->public_ips().faults();
  faults.Fail(Verb::kWatch, absl::OutOfRangeError("gone"),
              FakeFaults::kForever);
  const absl::Time began = clock_.Now();
  inventory_->StartWatching();
  while (faults.calls(Verb::kWatch) < 4) clock_.AdvanceToNextDeadline();
  EXPECT_GE(clock_.Now() - began, 3 * poll_intervals_.fast);
  EXPECT_GE(Lists(), 4);
  EXPECT_TRUE(inventory_->sync_state().synced);
  EXPECT_TRUE(inventory_->sync_state().error.ok());
}

TEST_F(InventoryTest, AnEventThatIsFasterThanTheAnswerOfAWriteCounts) {
  Use(FakeDialect::kKcp);
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().faults().After(Verb::kCreate, [&] {
    network_->Settle();
    AwaitChange([&] { return HasAddress("a"); });
  });
  const auto created = inventory_->Create({}, Address("a"));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(created->status.address.empty());
  EXPECT_TRUE(HasAddress("a"));
}

TEST_F(InventoryTest, WhatLosesItsLabelsWasNotSeenAbsent) {
  Use(FakeDialect::kKcp);
  const Id<PublicIp> unlabelled("unlabelled");
  const Id<PublicIp> gone("gone");
  for (const Id<PublicIp>& id : {unlabelled, gone}) {
    network_->public_ips().Put(Address(id.value()));
  }
  inventory_->StartWatching();
  AwaitSynced();
  network_->public_ips().Change(
      unlabelled, [](PublicIp& address) { address.metadata.labels.clear(); });
  network_->public_ips().Vanish(gone);
  AwaitChange([&] {
    return !inventory_->Cached(unlabelled).has_value() &&
           !inventory_->Cached(gone).has_value();
  });
  EXPECT_FALSE(inventory_->WasJustAbsent(unlabelled));
  EXPECT_TRUE(inventory_->WasJustAbsent(gone));
}

// No event reports what happened before the list.
TEST_F(InventoryTest, AListThatIsNewerThanAWriteCounts) {
  Use(FakeDialect::kKcp);
  network_->public_ips().faults().Before(Verb::kList, [&] {
    ASSERT_TRUE(inventory_->Create({}, Address("made")).ok());
    ASSERT_TRUE(inventory_->Create({}, Address("gone")).ok());
    network_->public_ips().Vanish(Id<PublicIp>("gone"));
    network_->Settle();
  });
  inventory_->StartWatching();
  AwaitSynced();
  EXPECT_TRUE(HasAddress("made"));
  EXPECT_FALSE(inventory_->Cached(Id<PublicIp>("gone")).has_value());
}

TEST_F(InventoryTest, ChangesOfAListArePublishedAlsoIfMoreCantBeRead) {
  Use(FakeDialect::kKcp);
  auto& faults = network_->public_ips().faults();
  faults.Before(Verb::kList, [&] {
    ASSERT_TRUE(inventory_->Create({}, Address("made")).ok());
    network_->public_ips().Put(Address("other", {"d", "other", "", ""}));
  });
  faults.Fail(Verb::kGet, absl::UnavailableError("down"));
  inventory_->StartWatching();
  clock_.AdvanceToNextDeadline();
  AwaitSynced();
  EXPECT_EQ(Lists(), 2);
  absl::MutexLock lock(&mutex_);
  EXPECT_TRUE(changed_.contains(OwnerKey{"d", ""}));
}

TEST_F(InventoryTest, A7RetriesALostUpdate) {
  Use(FakeDialect::kRest);
  const auto created = inventory_->Create({}, Address("a"));
  ASSERT_TRUE(created.ok());
  network_->public_ips().Change(Id<PublicIp>("a"), [](PublicIp& address) {
    address.metadata.labels["other"] = "writer";
  });
  const auto modified = inventory_->Modify({}, *created, [](PublicIp& address) {
    address.metadata.labels["mine"] = "too";
  });
  ASSERT_TRUE(modified.ok()) << modified.status();
  EXPECT_EQ(modified->metadata.labels.at("other"), "writer");
  EXPECT_EQ(modified->metadata.labels.at("mine"), "too");
}

// The memory may be minutes old.
TEST_F(InventoryTest, AChangeIsMadeToWhatIsThereNow) {
  Use(FakeDialect::kRest);
  const auto created = inventory_->Create({}, Address("a"));
  ASSERT_TRUE(created.ok());
  const auto set_label = [](PublicIp& address) {
    address.metadata.labels["x"] = "y";
  };
  network_->public_ips().Change(Id<PublicIp>("a"), [](PublicIp& address) {
    address.metadata.labels = OwnerLabels({"d", "other", "", ""});
  });
  EXPECT_TRUE(
      absl::IsAborted(inventory_->Modify({}, *created, set_label).status()));
  network_->public_ips().Vanish(Id<PublicIp>("a"));
  network_->public_ips().Put(Address("a"));
  EXPECT_TRUE(
      absl::IsAborted(inventory_->Modify({}, *created, set_label).status()));
  EXPECT_EQ(network_->public_ips().faults().calls(Verb::kUpdate), 0);
}

TEST_F(InventoryTest, AfterALostUpdateItIsComparedAgain) {
  Use(FakeDialect::kRest);
  const auto created = inventory_->Create({}, Address("a"));
  ASSERT_TRUE(created.ok());
  network_->public_ips().faults().Before(Verb::kUpdate, [&] {
    network_->public_ips().Change(Id<PublicIp>("a"), [](PublicIp& address) {
      address.metadata.labels = OwnerLabels({"d", "other", "", ""});
    });
  });
  const auto modified = inventory_->Modify({}, *created, [](PublicIp& address) {
    address.metadata.labels["x"] = "y";
  });
  EXPECT_TRUE(absl::IsAborted(modified.status())) << modified.status();
  EXPECT_EQ(network_->public_ips().faults().calls(Verb::kUpdate), 1);
}

TEST_F(InventoryTest, B21GivesUpAfterSomeLostUpdates) {
  Use(FakeDialect::kRest);
  const auto created = inventory_->Create({}, Address("a"));
  ASSERT_TRUE(created.ok());
  network_->public_ips().faults().Fail(
      Verb::kUpdate, absl::AbortedError("again"), FakeFaults::kForever);
  const auto modified = inventory_->Modify({}, *created, [](PublicIp& address) {
    address.metadata.labels["x"] = "y";
  });
  EXPECT_TRUE(absl::IsAborted(modified.status()));
  EXPECT_EQ(network_->public_ips().faults().calls(Verb::kUpdate), 5);
}

}  // namespace
}  // namespace evroc::cloud
