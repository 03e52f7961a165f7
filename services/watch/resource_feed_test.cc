#include "services/watch/resource_feed.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/watch/testing/fake_feed_source.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Resources = std::map<std::string, std::string>;

// What there is to describe: a text for each owner. Thread-safe.
class FeedFixture {
 public:
  void Set(const OwnerKey& owner, const std::string& value) {
    absl::MutexLock lock(&mutex_);
    values_[owner] = value;
  }
  void Remove(const OwnerKey& owner) {
    absl::MutexLock lock(&mutex_);
    values_.erase(owner);
  }
  // "<cluster>/<machine>=<value>".
  std::optional<std::string> Describe(const OwnerKey& owner) const {
    absl::MutexLock lock(&mutex_);
    const auto value = values_.find(owner);
    if (value == values_.end()) return std::nullopt;
    return absl::StrCat(owner.cluster_id.str(), "/", owner.machine_id.str(),
                        "=", value->second);
  }
  std::set<OwnerKey> Owners() const {
    absl::MutexLock lock(&mutex_);
    std::set<OwnerKey> owners;
    for (const auto& [owner, value] : values_) owners.insert(owner);
    return owners;
  }
  // As a reader of `cluster_id` should know it; empty: of all clusters.
  Resources As(const std::string& cluster_id) const {
    absl::MutexLock lock(&mutex_);
    Resources resources;
    for (const auto& [owner, value] : values_) {
      if (!cluster_id.empty() && owner.cluster_id != cluster_id) continue;
      resources[absl::StrCat(owner.cluster_id.str(), "/",
                             owner.machine_id.str())] = value;
    }
    return resources;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<OwnerKey, std::string> values_ ABSL_GUARDED_BY(mutex_);
};

// A client of the feed, which keeps what it was told from one subscription to
// the next. Belongs to one thread at a time.
class Follower {
 public:
  explicit Follower(ResourceFeed& feed, std::string cluster_id = "")
      : feed_(feed), cluster_id_(std::move(cluster_id)) {}

  const Resources& resources() const { return resources_; }
  const std::string& cluster_id() const { return cluster_id_; }
  bool synced() const { return synced_; }
  int resets() const { return resets_; }
  const common::v1::CloudContact& contact() const { return contact_; }

  // Goes on from where it was, if it knows.
  void Open() {
    if (cursor_.empty()) resources_.clear();
    synced_ = false;
    subscription_ = feed_.Subscribe(cursor_, cluster_id_, [this] {
      absl::MutexLock lock(&mutex_);
      woken_ = true;
    });
  }
  void ForgetCursor() { cursor_.clear(); }
  void StopReading() { subscription_->StopReading(); }
  void Close() { subscription_.reset(); }

  // Takes the next event; false if there is none. Errors of the reader.
  absl::StatusOr<bool> Step() {
    ChangeLog::Event event;
    bool found = false;
    const absl::Status status = subscription_->reader().Next(&event, &found);
    if (!status.ok()) return status;
    if (found) Take(event);
    return found;
  }
  // Takes what is there now.
  absl::Status ReadAll() {
    while (true) {
      const absl::StatusOr<bool> found = Step();
      if (!found.ok()) return found.status();
      if (!*found) return absl::OkStatus();
    }
  }
  absl::Status ReadUntilSynced() {
    while (!synced_) {
      const absl::StatusOr<bool> found = Step();
      if (!found.ok()) return found.status();
      if (!*found) AwaitWake();
    }
    return absl::OkStatus();
  }

 private:
  void AwaitWake() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&woken_));
    woken_ = false;
  }
  void Take(const ChangeLog::Event& event) {
    using Type = ChangeLog::Event::Type;
    if (!event.cursor.empty()) cursor_ = event.cursor;
    if (event.type == Type::kReset) {
      ++resets_;
      cursor_.clear();
      resources_.clear();
      synced_ = false;
    }
    if (event.type == Type::kSynced) synced_ = true;
    if (event.type == Type::kContact) contact_ = event.contact;
    if (event.resource == nullptr) return;
    const std::pair<std::string, std::string> resource =
        absl::StrSplit(*event.resource, '=');
    if (event.type == Type::kDeleted) resources_.erase(resource.first);
    if (event.type == Type::kChanged) {
      resources_[resource.first] = resource.second;
    }
  }

  ResourceFeed& feed_;
  const std::string cluster_id_;
  std::unique_ptr<ResourceFeed::Subscription> subscription_;
  std::string cursor_;
  Resources resources_;
  bool synced_ = false;
  int resets_ = 0;
  common::v1::CloudContact contact_;

  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

class ResourceFeedTest : public ::testing::Test {
 protected:
  ResourceFeedTest()
      : feed_(
            [this](const OwnerKey& owner) {
              ++descriptions_;
              return fixture_.Describe(owner);
            },
            // The second source is not needed for machines.
            [this](const OwnerKey& owner) -> std::optional<std::string> {
              const bool is_known =
                  !owner.machine_id.empty() && first_.state().IsReadable();
              if (!is_known) return std::nullopt;
              return fixture_.Describe(owner);
            }) {
    feed_.SetSources({first_.source(), second_.source()});
  }

  void Change(const OwnerKey& owner, const std::string& value) {
    fixture_.Set(owner, value);
    feed_.OnOwnersChanged({owner});
  }
  void Remove(const OwnerKey& owner) {
    fixture_.Remove(owner);
    feed_.OnOwnersChanged({owner});
  }
  void Sync() {
    first_.SetSynced();
    second_.SetSynced();
    feed_.OnOwnersChanged({});
  }

  FeedFixture fixture_;
  FakeFeedSource first_{[this] { return fixture_.Owners(); }};
  FakeFeedSource second_{[this] { return fixture_.Owners(); }};
  std::atomic<int> descriptions_ = 0;
  ResourceFeed feed_;
};

TEST_F(ResourceFeedTest, TheFirstReaderStartsTheSourcesAndTheLastStopsThem) {
  Follower a(feed_);
  Follower b(feed_);
  EXPECT_FALSE(first_.running());
  a.Open();
  EXPECT_TRUE(first_.running());
  EXPECT_TRUE(second_.running());
  b.Open();
  a.Close();
  EXPECT_TRUE(first_.running());
  b.Close();
  EXPECT_FALSE(first_.running());
  EXPECT_FALSE(second_.running());
  a.Open();
  EXPECT_TRUE(second_.running());
  EXPECT_EQ(second_.starts(), 2);
}

TEST_F(ResourceFeedTest, ASnapshotWaitsForEverySource) {
  fixture_.Set({"c", ""}, "1");
  Follower reader(feed_);
  reader.Open();
  first_.SetSynced();
  feed_.OnOwnersChanged({{"c", ""}});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), IsEmpty());
  EXPECT_FALSE(reader.synced());
  second_.SetSynced();
  feed_.OnOwnersChanged({});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/", "1")));
  EXPECT_TRUE(reader.synced());
}

TEST_F(ResourceFeedTest, ASourceThatFailsHidesOnlyWhatNeedsIt) {
  fixture_.Set({"c", ""}, "1");
  fixture_.Set({"c", "m"}, "1");
  Follower reader(feed_);
  reader.Open();
  second_.SetError(absl::UnavailableError("HTTP 503"));
  feed_.OnOwnersChanged({});
  first_.SetSynced();
  feed_.OnOwnersChanged({});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/m", "1")));
  EXPECT_FALSE(reader.synced());
  Change({"c", "m"}, "2");
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/m", "2")));
  // An absence is no statement until all is there.
  Remove({"c", "m"});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/m", "2")));
  second_.SetError(absl::OkStatus());
  Sync();
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/", "1")));
}

TEST_F(ResourceFeedTest, PassesChangesAndDeletionsOn) {
  Follower reader(feed_);
  reader.Open();
  Sync();
  Change({"c", ""}, "1");
  Change({"c", "m"}, "1");
  Change({"c", "m"}, "2");
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(),
              ElementsAre(Pair("c/", "1"), Pair("c/m", "2")));
  Remove({"c", "m"});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_THAT(reader.resources(), ElementsAre(Pair("c/", "1")));
}

TEST_F(ResourceFeedTest, WhatIsNobodysIsNotDescribed) {
  fixture_.Set({"", ""}, "1");
  Follower reader(feed_);
  reader.Open();
  Sync();
  Change({"", ""}, "2");
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
  EXPECT_THAT(reader.resources(), IsEmpty());
  EXPECT_EQ(descriptions_, 0);
}

TEST_F(ResourceFeedTest, WhatHappensWhileNobodyReadsIsFoundLater) {
  for (const char* machine : {"stays", "changes", "goes"}) {
    fixture_.Set({"c", machine}, "1");
  }
  Follower reader(feed_);
  reader.Open();
  Sync();
  ASSERT_TRUE(reader.ReadAll().ok());
  reader.Close();

  descriptions_ = 0;
  Change({"c", "changes"}, "2");
  Change({"c", "comes"}, "1");
  Remove({"c", "goes"});
  EXPECT_EQ(descriptions_, 0);

  reader.Open();
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_FALSE(reader.synced());
  Sync();
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
  EXPECT_EQ(reader.resources(), fixture_.As(""));
  EXPECT_EQ(reader.resets(), 0);
}

TEST_F(ResourceFeedTest, RefusedCredentialsEndTheStreamsUntilTheyAreTaken) {
  Follower before(feed_);
  before.Open();
  Sync();
  ASSERT_TRUE(before.ReadAll().ok());
  second_.SetError(absl::UnauthenticatedError("refused"));
  feed_.OnOwnersChanged({});
  EXPECT_TRUE(absl::IsUnauthenticated(before.ReadAll()));
  Follower during(feed_);
  during.Open();
  EXPECT_TRUE(absl::IsUnauthenticated(during.ReadAll()));

  second_.SetError(absl::OkStatus());
  Change({"c", ""}, "1");
  Follower after(feed_);
  after.Open();
  ASSERT_TRUE(after.ReadAll().ok());
  EXPECT_THAT(after.resources(), ElementsAre(Pair("c/", "1")));
}

TEST_F(ResourceFeedTest, TheLastReaderTakesARefusalWithIt) {
  Follower reader(feed_);
  reader.Open();
  second_.SetError(absl::UnauthenticatedError("refused"));
  feed_.OnOwnersChanged({});
  EXPECT_TRUE(absl::IsUnauthenticated(reader.ReadAll()));
  reader.Close();
  reader.Open();
  Sync();
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
}

TEST_F(ResourceFeedTest, ACollectionThatMustNotBeReadCountsOnlyAtFirst) {
  Follower reader(feed_);
  reader.Open();
  first_.SetError(absl::PermissionDeniedError("no"));
  feed_.OnOwnersChanged({});
  EXPECT_TRUE(absl::IsPermissionDenied(reader.ReadAll()));
  first_.SetError(absl::OkStatus());
  Sync();
  ASSERT_TRUE(reader.ReadAll().ok());
  first_.SetError(absl::PermissionDeniedError("no"));
  feed_.OnOwnersChanged({});
  EXPECT_TRUE(reader.ReadAll().ok());
}

TEST_F(ResourceFeedTest, TellsSinceWhenTheCloudDoesNotAnswer) {
  Follower reader(feed_);
  reader.Open();
  Sync();
  const absl::Status down = absl::UnavailableError("down");
  second_.SetFailing(absl::FromUnixSeconds(70), down);
  first_.SetFailing(absl::FromUnixSeconds(60),
                    absl::PermissionDeniedError("no role"));
  feed_.OnOwnersChanged({});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
  EXPECT_EQ(reader.contact().failing_since().seconds(), 60);
  EXPECT_EQ(reader.contact().message(), "no role");
  first_.SetFailing(absl::InfiniteFuture(), absl::OkStatus());
  feed_.OnOwnersChanged({});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_EQ(reader.contact().failing_since().seconds(), 70);
  EXPECT_EQ(reader.contact().code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
  second_.SetFailing(absl::InfiniteFuture(), absl::OkStatus());
  feed_.OnOwnersChanged({});
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_FALSE(reader.contact().has_failing_since());
}

TEST_F(ResourceFeedTest, OtherErrorsEndNothing) {
  Follower reader(feed_);
  reader.Open();
  first_.SetError(absl::UnavailableError("down"));
  feed_.OnOwnersChanged({});
  EXPECT_TRUE(reader.ReadAll().ok());
  Sync();
  EXPECT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(reader.synced());
}

TEST_F(ResourceFeedTest, SaysWhenTheOldestSourceWasConfirmed) {
  const absl::Time noon = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(feed_.confirmed(), absl::InfiniteFuture());
  Follower reader(feed_);
  reader.Open();
  first_.SetConfirmed(noon);
  second_.SetConfirmed(noon - absl::Seconds(5));
  EXPECT_EQ(feed_.confirmed(), noon - absl::Seconds(5));
  reader.Close();
  EXPECT_EQ(feed_.confirmed(), absl::InfiniteFuture());
}

TEST_F(ResourceFeedTest, ASubscriptionWithoutAReaderKeepsTheFeedUpToDate) {
  Follower gone(feed_);
  gone.Open();
  Sync();
  gone.StopReading();
  Change({"c", ""}, "1");
  Follower next(feed_);
  next.Open();
  ASSERT_TRUE(next.ReadAll().ok());
  EXPECT_TRUE(next.synced());
  EXPECT_THAT(next.resources(), ElementsAre(Pair("c/", "1")));
  next.Close();
  EXPECT_TRUE(first_.running());
  gone.Close();
  EXPECT_FALSE(first_.running());
}

// The last reader leaves while a change is described: the log is not kept up to
// date from then on, whichever of the two ends first.
TEST_F(ResourceFeedTest, AChangeThatOutlivesTheLastReaderLeavesNothingSynced) {
  for (int round = 1; round <= 100; ++round) {
    FeedFixture fixture;
    FakeFeedSource source([&] { return fixture.Owners(); });
    absl::Notification describing;
    ResourceFeed feed([&](const OwnerKey& owner) {
      if (!describing.HasBeenNotified()) describing.Notify();
      source.AwaitStops(1);
      return fixture.Describe(owner);
    });
    feed.SetSources({source.source()});
    Follower reader(feed);
    reader.Open();
    source.SetSynced();
    fixture.Set({"c", ""}, "1");
    std::thread change([&] { feed.OnOwnersChanged({{"c", ""}}); });
    describing.WaitForNotification();
    reader.Close();
    change.join();

    fixture.Remove({"c", ""});
    Follower next(feed);
    next.Open();
    ASSERT_TRUE(next.ReadAll().ok());
    ASSERT_FALSE(next.synced()) << "round " << round;
    ASSERT_THAT(next.resources(), IsEmpty());
  }
}

// Writers change the fixture, sources come to be synced whenever they are
// started, credentials are refused now and then, and readers come and go.
class ResourceFeedRaceTest : public ResourceFeedTest {
 protected:
  static constexpr int kWriters = 3;
  static constexpr int kChanges = 1000;
  static constexpr int kReaders = 4;
  static constexpr int kRounds = 100;

  static OwnerKey SomeOwner(std::mt19937& random) {
    return {absl::StrCat("c", random() % 2), absl::StrCat("m", random() % 4)};
  }

  void Write(uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < kChanges; ++i) {
      const OwnerKey owner = SomeOwner(random);
      if (random() % 3 == 0) {
        Remove(owner);
      } else {
        Change(owner, absl::StrCat(random() % 4));
      }
    }
  }

  // As an inventory's first poll does.
  void KeepSyncing(FakeFeedSource& source) {
    while (source.SyncOnceStarted()) feed_.OnOwnersChanged({});
  }

  void RefuseNowAndThen() {
    for (int i = 0; i < kRounds; ++i) {
      first_.SetError(absl::UnauthenticatedError("refused"));
      feed_.OnOwnersChanged({});
      first_.SetError(absl::OkStatus());
      feed_.OnOwnersChanged({});
    }
  }

  void ComeAndGo(Follower& follower, uint32_t seed) {
    std::mt19937 random(seed);
    for (int round = 0; round < kRounds; ++round) {
      if (random() % 4 == 0) follower.ForgetCursor();
      follower.Open();
      const absl::Status status = follower.ReadUntilSynced();
      EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
      if (status.ok()) {
        // Since it is open, nothing has stopped them.
        EXPECT_TRUE(first_.state().synced);
        EXPECT_TRUE(second_.state().synced);
        for (uint32_t events = random() % 20; events > 0; --events) {
          follower.Step().IgnoreError();
        }
      }
      follower.Close();
    }
  }

  // Everything at once; returns once all of it is over.
  void Race(bool refusals, std::vector<std::unique_ptr<Follower>>& followers) {
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < kWriters; ++i) {
      threads.emplace_back([this, i] { Write(i); });
    }
    if (refusals) threads.emplace_back([this] { RefuseNowAndThen(); });
    for (uint32_t i = 0; i < followers.size(); ++i) {
      threads.emplace_back(
          [this, i, &followers] { ComeAndGo(*followers[i], 100 + i); });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Each, on its own, must come to know the fixture as it is now.
  void ExpectAllConverge(std::vector<std::unique_ptr<Follower>>& followers) {
    for (const auto& follower : followers) {
      follower->Open();
      const absl::Status status = follower->ReadUntilSynced();
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_EQ(follower->resources(), fixture_.As(follower->cluster_id()));
      follower->Close();
    }
  }

  void RunAndExpectConvergence(bool refusals) {
    std::thread first([this] { KeepSyncing(first_); });
    std::thread second([this] { KeepSyncing(second_); });
    std::vector<std::unique_ptr<Follower>> followers;
    followers.reserve(kReaders);
    for (int i = 0; i < kReaders; ++i) {
      followers.push_back(
          std::make_unique<Follower>(feed_, i % 2 == 0 ? "" : "c1"));
    }
    Race(refusals, followers);
    EXPECT_FALSE(first_.running());
    ExpectAllConverge(followers);
    first_.GiveUp();
    second_.GiveUp();
    first.join();
    second.join();
    EXPECT_EQ(first_.starts(), first_.stops());
    EXPECT_EQ(second_.starts(), second_.stops());
  }
};

TEST_F(ResourceFeedRaceTest, ReadersThatComeAndGoConverge) {
  RunAndExpectConvergence(/*refusals=*/false);
}

TEST_F(ResourceFeedRaceTest, ReadersConvergeWhereCredentialsAreRefusedAtTimes) {
  RunAndExpectConvergence(/*refusals=*/true);
}

// One that never leaves sees everything live, without another snapshot.
TEST_F(ResourceFeedRaceTest, AReaderThatStaysConvergesWithoutAReset) {
  Follower reader(feed_);
  reader.Open();
  Sync();
  std::vector<std::thread> writers;
  for (uint32_t i = 0; i < kWriters; ++i) {
    writers.emplace_back([this, i] { Write(i); });
  }
  for (int i = 0; i < kChanges; ++i) ASSERT_TRUE(reader.ReadAll().ok());
  for (std::thread& writer : writers) writer.join();
  ASSERT_TRUE(reader.ReadAll().ok());
  EXPECT_EQ(reader.resources(), fixture_.As(""));
  EXPECT_EQ(reader.resets(), 0);
}

// A refusal that was taken back while another thread still noticed it.
TEST_F(ResourceFeedRaceTest, ARefusalThatWasTakenBackDoesNotStay) {
  Follower reader(feed_);
  reader.Open();
  Sync();
  std::thread others([this] {
    for (int i = 0; i < kChanges; ++i) feed_.OnOwnersChanged({{"c", ""}});
  });
  for (int i = 0; i < kRounds; ++i) RefuseNowAndThen();
  others.join();
  EXPECT_TRUE(reader.ReadAll().ok());
}

}  // namespace
}  // namespace evroc::cloud
