#include "shim/rpc/cloud_watcher.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"
#include "shim/rpc/testing/fake_compute_service_client.h"
#include "shim/rpc/testing/fake_network_service_client.h"
#include "shim/rpc/testing/recording_listener.h"

namespace evroc::shim {
namespace {

using compute::v1::VirtualMachine;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CloudWatcherTest : public ::testing::Test {
 protected:
  void MakeMachine(const std::string& cluster, const std::string& machine) {
    ASSERT_TRUE(compute_
                    .ApplyVirtualMachine({}, scope_,
                                         TestMachine(cluster, machine), false)
                    .ok());
  }
  void Delete(const std::string& machine) {
    const auto owner = compute_.Machine(machine)->owner();
    ASSERT_TRUE(
        compute_.DeleteVirtualMachine({}, scope_, {.owner = owner}).ok());
    compute_.FinishDeletion(machine);
  }
  void HoldAndSync(const std::string& cluster) {
    watcher_.Hold(cluster, std::make_shared<Scope>(scope_));
    AwaitSynced(cluster);
  }
  // Being synced is notified as a change of the network is. The events that
  // come with it are delivered once the streams are open.
  void AwaitSynced(const std::string& cluster) {
    while (!watcher_.Synced(cluster)) listener_.Await(cluster + "/");
    network_.streams().Deliver();
    compute_.streams().Deliver();
  }
  void AwaitStreams(int count) {
    network_.streams().AwaitOpen(count);
    compute_.streams().AwaitOpen(count);
    network_.streams().Deliver();
    compute_.streams().Deliver();
  }
  bool Knows(const std::string& cluster, const std::string& machine) {
    return view_.Machine(cluster, machine).has_value();
  }

  const common::v1::CloudScope scope_ = TestScope("key");
  FakeClock clock_;
  FakeNetworkServiceClient network_;
  FakeComputeServiceClient compute_;
  CloudView view_;
  RecordingListener listener_;
  CloudWatcher watcher_{network_, compute_, view_, clock_, listener_};
};

TEST_F(CloudWatcherTest, KnowsWhatIsThereOnceSynced) {
  MakeMachine("c1", "m1");
  const auto network =
      network_.ApplyClusterNetwork({}, scope_, TestNetwork("c1"));
  ASSERT_TRUE(network.ok());
  EXPECT_FALSE(watcher_.Synced("c1"));
  HoldAndSync("c1");
  EXPECT_TRUE(Knows("c1", "m1"));
  EXPECT_FALSE(view_.Changed(*network));  // no change
}

TEST_F(CloudWatcherTest, NotifiesOfChanges) {
  MakeMachine("c1", "m1");
  HoldAndSync("c1");
  listener_.Take();
  compute_.Run("m1");
  EXPECT_THAT(listener_.Take(), ElementsAre("c1/m1"));
  EXPECT_EQ(view_.Machine("c1", "m1")->state, VirtualMachine::STATE_RUNNING);
  ASSERT_TRUE(network_.ApplyClusterNetwork({}, scope_, TestNetwork("c1")).ok());
  EXPECT_THAT(listener_.Take(), ElementsAre("c1/"));
  Delete("m1");
  EXPECT_THAT(listener_.Take(), ElementsAre("c1/m1"));
  EXPECT_FALSE(Knows("c1", "m1"));
}

TEST_F(CloudWatcherTest, OnePairOfStreamsForEachScope) {
  for (int i = 0; i < 20; ++i) {
    watcher_.Hold(absl::StrCat("c", i), std::make_shared<Scope>(scope_));
  }
  AwaitStreams(1);
  EXPECT_EQ(watcher_.scopes(), 1U);
  watcher_.Hold("other", std::make_shared<Scope>(TestScope("another key")));
  AwaitStreams(2);
  for (int i = 0; i < 20; ++i) watcher_.Release(absl::StrCat("c", i));
  AwaitStreams(1);
  watcher_.Release("other");
  AwaitStreams(0);
  EXPECT_EQ(watcher_.scopes(), 0U);
}

TEST_F(CloudWatcherTest, IsSyncedOnlyWithBothStreams) {
  compute_.streams().HoldSync(true);
  watcher_.Hold("c1", std::make_shared<Scope>(scope_));
  AwaitStreams(1);
  EXPECT_FALSE(watcher_.Synced("c1"));
  compute_.streams().HoldSync(false);
  AwaitSynced("c1");
}

TEST_F(CloudWatcherTest, KnowsMachinesThoughTheNetworkCantBeWatched) {
  MakeMachine("c1", "m1");
  network_.faults().Fail("Watch", absl::UnavailableError("HTTP 503"),
                         FakeFaults::kForever);
  watcher_.Hold("c1", std::make_shared<Scope>(scope_));
  while (!watcher_.KnowsMachines("c1")) listener_.Await("c1/");
  EXPECT_TRUE(Knows("c1", "m1"));
  EXPECT_FALSE(watcher_.Synced("c1"));
}

TEST_F(CloudWatcherTest, DropsWhatNobodyHolds) {
  MakeMachine("foreign", "m9");
  HoldAndSync("c1");
  listener_.Take();
  compute_.Run("m9");
  EXPECT_THAT(listener_.Take(), IsEmpty());
  EXPECT_FALSE(Knows("foreign", "m9"));
}

TEST_F(CloudWatcherTest, ANewClusterNeedsNoNewSnapshot) {
  HoldAndSync("c1");
  const int watches = compute_.faults().calls("Watch");
  watcher_.Hold("c2", std::make_shared<Scope>(scope_));
  EXPECT_TRUE(watcher_.Synced("c2"));
  MakeMachine("c2", "m2");
  EXPECT_TRUE(Knows("c2", "m2"));
  EXPECT_EQ(compute_.faults().calls("Watch"), watches);
}

// As after a restart of the shim: clusters are held one after the other, and
// what was told meanwhile was dropped.
TEST_F(CloudWatcherTest, ALatecomerIsSyncedByANewSnapshot) {
  MakeMachine("c1", "m1");
  MakeMachine("c2", "m2");
  MakeMachine("c3", "m3");
  HoldAndSync("c1");
  watcher_.Hold("c2", std::make_shared<Scope>(scope_));
  watcher_.Hold("c3", std::make_shared<Scope>(scope_));
  EXPECT_FALSE(watcher_.Synced("c2"));
  EXPECT_TRUE(watcher_.Synced("c1"));
  const int watches = compute_.faults().calls("Watch");
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(200));
  AwaitSynced("c2");
  AwaitSynced("c3");
  EXPECT_TRUE(Knows("c2", "m2"));
  EXPECT_TRUE(Knows("c3", "m3"));
  EXPECT_EQ(compute_.faults().calls("Watch"), watches + 1);
}

TEST_F(CloudWatcherTest, ForgetsReleasedClusters) {
  MakeMachine("c1", "m1");
  HoldAndSync("c1");
  HoldAndSync("c2");
  watcher_.Release("c1");
  EXPECT_FALSE(Knows("c1", "m1"));
  EXPECT_FALSE(watcher_.Synced("c1"));
  compute_.Run("m1");
  EXPECT_FALSE(Knows("c1", "m1"));
}

TEST_F(CloudWatcherTest, GoesOnFromTheCursorAfterABackoff) {
  MakeMachine("c1", "m1");
  MakeMachine("c1", "m2");
  HoldAndSync("c1");
  listener_.Take();
  compute_.streams().EndAll(absl::UnavailableError("restart"));
  compute_.Run("m1");
  Delete("m2");
  EXPECT_TRUE(Knows("c1", "m2"));
  EXPECT_TRUE(watcher_.Synced("c1"));
  clock_.AwaitWaiters(1);
  EXPECT_EQ(compute_.streams().open(), 0);
  clock_.Advance(absl::Milliseconds(200));
  AwaitStreams(1);
  EXPECT_FALSE(Knows("c1", "m2"));
  EXPECT_EQ(view_.Machine("c1", "m1")->state, VirtualMachine::STATE_RUNNING);
  EXPECT_THAT(listener_.Take(), ElementsAre("c1/m1", "c1/m2"));
}

TEST_F(CloudWatcherTest, ForgetsWhatASnapshotDoesNotName) {
  MakeMachine("c1", "m1");
  MakeMachine("c1", "m2");
  HoldAndSync("c1");
  listener_.Take();
  compute_.streams().EndAll(absl::UnavailableError("restart"));
  Delete("m2");
  // The service that comes back knows nothing of the deletion, nor the cursor.
  compute_.streams().ForgetCursors();
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(200));
  listener_.Await("c1/m2");
  EXPECT_FALSE(Knows("c1", "m2"));
  EXPECT_TRUE(Knows("c1", "m1"));
}

TEST_F(CloudWatcherTest, AResetInTheMiddleChangesNothingThatIsThere) {
  MakeMachine("c1", "m1");
  HoldAndSync("c1");
  listener_.Take();
  compute_.streams().ResetAll();
  EXPECT_TRUE(Knows("c1", "m1"));
  EXPECT_TRUE(watcher_.Synced("c1"));
  EXPECT_THAT(listener_.Take(), IsEmpty());
}

TEST_F(CloudWatcherTest, BacksOffLongerEachTime) {
  compute_.faults().Fail("Watch", absl::UnavailableError("down"),
                         FakeFaults::kForever);
  watcher_.Hold("c1", std::make_shared<Scope>(scope_));
  compute_.faults().AwaitCalls("Watch", 1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(200));
  compute_.faults().AwaitCalls("Watch", 2);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(290));
  EXPECT_EQ(compute_.faults().calls("Watch"), 2);
  clock_.Advance(absl::Milliseconds(110));
  compute_.faults().AwaitCalls("Watch", 3);
}

TEST_F(CloudWatcherTest, TellsOfRefusedCredentialsAndAsksSeldom) {
  network_.access().Refuse("key");
  watcher_.Hold("c1", std::make_shared<Scope>(scope_));
  listener_.Await("refused c1");
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(40));
  EXPECT_EQ(network_.faults().calls("Watch"), 1);
  network_.access().Accept("key");
  clock_.Advance(absl::Seconds(20));
  AwaitSynced("c1");
}

TEST_F(CloudWatcherTest, BetterCredentialsAreUsedAtOnce) {
  MakeMachine("c1", "m1");
  compute_.access().Refuse("key");
  network_.access().Refuse("key");
  watcher_.Hold("c1", std::make_shared<Scope>(scope_));
  listener_.Await("refused c1");
  watcher_.Hold("c1", std::make_shared<Scope>(TestScope("new key")));
  AwaitSynced("c1");
  EXPECT_TRUE(Knows("c1", "m1"));
  EXPECT_EQ(watcher_.scopes(), 1U);
}

TEST_F(CloudWatcherTest, NewCredentialsKeepWhatIsKnown) {
  MakeMachine("c1", "m1");
  HoldAndSync("c1");
  compute_.streams().HoldSync(true);
  watcher_.Hold("c1", std::make_shared<Scope>(TestScope("new key")));
  EXPECT_TRUE(Knows("c1", "m1"));
  EXPECT_FALSE(watcher_.Synced("c1"));
  compute_.streams().HoldSync(false);
  AwaitSynced("c1");
  EXPECT_TRUE(Knows("c1", "m1"));
}

TEST_F(CloudWatcherTest, AnotherProjectMakesAllForgotten) {
  MakeMachine("c1", "m1");
  HoldAndSync("c1");
  common::v1::CloudScope elsewhere = scope_;
  elsewhere.set_project("elsewhere");
  watcher_.Hold("c1", std::make_shared<Scope>(elsewhere));
  EXPECT_FALSE(Knows("c1", "m1"));
  AwaitSynced("c1");
  EXPECT_FALSE(Knows("c1", "m1"));
}

TEST_F(CloudWatcherTest, AServiceThatStaysAwayIsToldOnce) {
  HoldAndSync("c1");
  listener_.Take();
  EXPECT_EQ(watcher_.Contact("c1").failing_since, absl::InfiniteFuture());
  const absl::Time began = clock_.Now();
  network_.faults().Fail("Watch", absl::UnavailableError("away"),
                         FakeFaults::kForever);
  network_.streams().EndAll(absl::UnavailableError("away"));
  clock_.Advance(absl::Minutes(6));
  listener_.Await("contact c1");
  EXPECT_EQ(watcher_.Contact("c1").failing_since, began);
  EXPECT_EQ(watcher_.Contact("c1").message, "away");
  network_.faults().Clear();
  clock_.Advance(absl::Minutes(1));
  listener_.Await("contact c1");
  EXPECT_EQ(watcher_.Contact("c1").failing_since, absl::InfiniteFuture());
}

// Asks the watcher whenever it is told something.
class AskingListener : public CloudListener {
 public:
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& /*machine_id*/) override {
    const CloudWatcher* const watcher = watcher_;
    if (watcher != nullptr) watcher->Synced(cluster_id);
  }
  void OnScopeRefused(const std::vector<std::string>& /*cluster_ids*/,
                      const absl::Status& /*status*/) override {}
  void OnContactChange(
      const std::vector<std::string>& /*cluster_ids*/) override {}
  void Ask(const CloudWatcher* watcher) { watcher_ = watcher; }

 private:
  std::atomic<const CloudWatcher*> watcher_ = nullptr;
};

TEST_F(CloudWatcherTest, HoldsAndReleasesWhileThingsHappen) {
  AskingListener listener;
  CloudWatcher watcher(network_, compute_, view_, clock_, listener);
  listener.Ask(&watcher);
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const std::string cluster = absl::StrCat("c", t);
      for (int i = 0; i < 50; ++i) {
        watcher.Hold(cluster, std::make_shared<Scope>(scope_));
        watcher.Hold(cluster, std::make_shared<Scope>(TestScope("new key")));
        watcher.Release(cluster);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    MakeMachine("c1", absl::StrCat("m", i));
    compute_.Run(absl::StrCat("m", i));
  }
  for (std::thread& thread : threads) thread.join();
  AwaitStreams(0);
}

}  // namespace
}  // namespace evroc::shim
