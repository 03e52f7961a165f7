#include "shim/node/workload_node_initializer.h"

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/testing_workload.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using Phase = NodeState::Phase;

ObjectKey Cluster(const std::string& name) { return {"ns", name}; }
ObjectKey Machine(int number) { return {"ns", absl::StrCat("m-", number)}; }

// A management cluster, and workload clusters by what their kubeconfig says.
class WorkloadNodeInitializerTest : public ::testing::Test {
 protected:
  WorkloadNodeInitializerTest() : management_(clock_) {}
  // Actors use what is here: they end first.
  ~WorkloadNodeInitializerTest() override { initializer_.reset(); }

  void Start(const NodeInitializerOptions& options = {}) {
    initializer_ = std::make_unique<WorkloadNodeInitializer>(
        management_,
        [this](absl::string_view content) { return Connect(content); }, clock_,
        [this](const ObjectKey& machine) { Hear(machine); }, options);
  }

  // The workload cluster of that name, with its kubeconfig.
  FakeKubeClient& MakeCluster(const std::string& name) {
    management_.Add(kSecretType, KubeconfigSecret(Cluster(name), name));
    absl::MutexLock lock(&mutex_);
    auto& made = workloads_[name];
    made = std::make_unique<FakeKubeClient>(clock_);
    return *made;
  }
  void MakeDeadCluster(const std::string& name) {
    management_.Add(kSecretType, KubeconfigSecret(Cluster(name), "dead"));
  }

  void Want(const std::string& cluster, int number) {
    initializer_->Want(Cluster(cluster), Machine(number),
                       TestDesiredNode(number));
  }
  NodeState StateOf(int number) {
    return initializer_->StateOf(Machine(number));
  }

  // Blocks until the state of the machine is as `predicate` asks.
  void AwaitState(int number, const std::function<bool(NodeState)>& predicate) {
    absl::MutexLock lock(&mutex_);
    int seen = -1;
    const auto has_changes = [&] {
      mutex_.AssertReaderHeld();
      return changes_ != seen;
    };
    for (;;) {
      mutex_.Await(absl::Condition(&has_changes));
      seen = changes_;
      if (predicate(StateOf(number))) return;
    }
  }
  void AwaitReason(int number, absl::string_view reason) {
    AwaitState(number,
               [&](const NodeState& state) { return state.reason == reason; });
  }

  // Blocks until so many connections were made with that kubeconfig.
  void AwaitConnections(const std::string& content, int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] {
      mutex_.AssertReaderHeld();
      const auto found = connections_.find(content);
      return found != connections_.end() && found->second >= count;
    };
    mutex_.Await(absl::Condition(&reached));
  }

  FakeClock clock_;
  FakeKubeClient management_;
  AliveCount alive_;  // connections to workload clusters
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<FakeKubeClient>> workloads_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> connections_ ABSL_GUARDED_BY(mutex_);
  int changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<WorkloadNodeInitializer> initializer_;

 private:
  absl::StatusOr<std::unique_ptr<KubeClient>> Connect(
      absl::string_view content) {
    absl::MutexLock lock(&mutex_);
    ++connections_[std::string(content)];
    if (content == "dead") return MakeDeadClient(alive_);
    auto found = workloads_.find(std::string(content));
    if (found == workloads_.end()) {
      return absl::InvalidArgumentError("not a kubeconfig");
    }
    return MakeCountedClient(*found->second, alive_);
  }
  void Hear(const ObjectKey& /*machine*/) {
    absl::MutexLock lock(&mutex_);
    ++changes_;
  }
};

TEST_F(WorkloadNodeInitializerTest, InitialisesANodeAndLeavesNothingBehind) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Start();
  EXPECT_EQ(StateOf(1).phase, Phase::kPending);
  Want("a", 1);
  AwaitReason(1, kNodeInitialized);
  EXPECT_TRUE(IsRight(workload, 1));
  alive_.Await(0);
  workload.AwaitWatches(0);
}

TEST_F(WorkloadNodeInitializerTest, ALaterDesiredNodeStartsAnew) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.Add(kNodeType, FreshNode(2));
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeInitialized);
  alive_.Await(0);
  Want("a", 2);
  AwaitReason(2, kNodeInitialized);
  alive_.Await(0);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 2);
  Want("a", 2);  // nothing new
  EXPECT_EQ(StateOf(2).phase, Phase::kInitialized);
}

TEST_F(WorkloadNodeInitializerTest, TheLastForgottenNodeEndsTheConnection) {
  FakeKubeClient& workload = MakeCluster("a");
  Start();
  Want("a", 1);
  Want("a", 2);
  AwaitReason(1, kNodeNotFound);
  initializer_->Forget(Machine(1));
  EXPECT_EQ(StateOf(1).reason, kNodeNotLookedAt);
  workload.AwaitWatches(1);
  initializer_->Forget(Machine(2));
  alive_.Await(0);
  initializer_->Forget(Machine(2));
}

TEST_F(WorkloadNodeInitializerTest, WaitsForTheKubeconfig) {
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeNoKubeconfig);
  EXPECT_EQ(StateOf(1).phase, Phase::kPending);
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  AwaitReason(1, kNodeInitialized);
}

TEST_F(WorkloadNodeInitializerTest, ABadKubeconfigIsAFailureThatHeals) {
  management_.Add(kSecretType, KubeconfigSecret(Cluster("a"), "rubbish"));
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeBadKubeconfig);
  EXPECT_EQ(StateOf(1).phase, Phase::kFailed);
  EXPECT_THAT(StateOf(1).message, HasSubstr("ns/a-kubeconfig"));
  management_.Delete(kSecretType, {"ns", "a-kubeconfig"});
  MakeCluster("a").Add(kNodeType, FreshNode(1));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  AwaitReason(1, kNodeInitialized);
}

TEST_F(WorkloadNodeInitializerTest, ADownClusterIsTriedAgain) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.FailNext("list", "nodes", absl::UnavailableError("refused"));
  workload.FailNext("list", "nodes", absl::UnavailableError("refused"));
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeUnreachable);
  EXPECT_THAT(StateOf(1).message, HasSubstr("refused"));
  EXPECT_EQ(management_.CallCount("get", "secrets"), 1);
  alive_.Await(0);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  workload.AwaitCalls("list", "nodes", 2);
  alive_.Await(0);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(2));
  AwaitReason(1, kNodeInitialized);
  EXPECT_EQ(management_.CallCount("get", "secrets"), 1);
}

TEST_F(WorkloadNodeInitializerTest, AnOldKubeconfigIsReadAgainWhenItIsRefused) {
  FakeKubeClient& workload = MakeCluster("a");
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeNotFound);
  workload.AwaitWatches(1);
  workload.FailNext("watch", "nodes", absl::UnauthenticatedError("expired"));
  Want("a", 2);  // the next watch is refused
  workload.Add(kNodeType, FreshNode(1));
  AwaitReason(1, kNodeInitialized);
  EXPECT_EQ(management_.CallCount("get", "secrets"), 2);
}

TEST_F(WorkloadNodeInitializerTest, AFreshKubeconfigThatIsRefusedIsReported) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.FailNext("list", "nodes", absl::UnauthenticatedError("who?"));
  Start();
  Want("a", 1);
  AwaitReason(1, kNodeAccessRefused);
  EXPECT_EQ(StateOf(1).phase, Phase::kFailed);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
}

TEST_F(WorkloadNodeInitializerTest, DeadClustersDoNotSlowOthers) {
  for (int i = 0; i < 20; ++i) {
    MakeDeadCluster(absl::StrCat("dead-", i));
  }
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Start();
  for (int i = 0; i < 20; ++i) Want(absl::StrCat("dead-", i), 100 + i);
  Want("a", 1);
  AwaitReason(1, kNodeInitialized);
  alive_.Await(20);
}

TEST_F(WorkloadNodeInitializerTest, BeyondTheLimitClustersTakeTurns) {
  MakeDeadCluster("dead");
  FakeKubeClient& waiting = MakeCluster("a");  // its Node comes late
  FakeKubeClient& ready = MakeCluster("b");
  ready.Add(kNodeType, FreshNode(2));
  NodeInitializerOptions options;
  options.turns.places = 1;
  Start(options);
  Want("dead", 100);
  alive_.Await(1);
  Want("a", 1);
  Want("b", 2);
  EXPECT_EQ(initializer_->ActorCount(), 1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(10));
  AwaitReason(100, kNodeUnreachable);
  AwaitReason(1, kNodeNotFound);
  waiting.AwaitWatches(1);
  EXPECT_EQ(StateOf(2).reason, kNodeNotLookedAt);
  clock_.AwaitWaiters(2);  // the dispatcher and the watch
  clock_.Advance(absl::Seconds(10));
  AwaitReason(2, kNodeInitialized);
  // And back again.
  waiting.Add(kNodeType, FreshNode(1));
  AwaitConnections("dead", 2);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(10));
  AwaitReason(1, kNodeInitialized);
}

TEST_F(WorkloadNodeInitializerTest, ManyMachinesOfOneClusterShareOneActor) {
  FakeKubeClient& workload = MakeCluster("a");
  Start();
  for (int i = 1; i <= 100; ++i) Want("a", i);
  for (int i = 1; i <= 100; ++i) workload.Add(kNodeType, FreshNode(i));
  for (int i = 1; i <= 100; ++i) AwaitReason(i, kNodeInitialized);
  alive_.Await(0);
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(IsRight(workload, i));
}

TEST_F(WorkloadNodeInitializerTest, ManyClustersAtOnce) {
  NodeInitializerOptions options;
  options.turns.places = 8;
  Start(options);
  for (int i = 1; i <= 60; ++i) {
    MakeCluster(absl::StrCat("c-", i)).Add(kNodeType, FreshNode(i));
    Want(absl::StrCat("c-", i), i);
  }
  for (int i = 1; i <= 60; ++i) AwaitReason(i, kNodeInitialized);
  alive_.Await(0);
}

TEST_F(WorkloadNodeInitializerTest, EndsWhileConnectionsHang) {
  MakeDeadCluster("dead");
  MakeCluster("a");
  Start();
  Want("dead", 1);
  Want("a", 2);
  AwaitReason(2, kNodeNotFound);
  alive_.Await(2);
  initializer_.reset();
  EXPECT_EQ(alive_.count(), 0);
}

TEST_F(WorkloadNodeInitializerTest, TheCallbackMayUseTheInitializer) {
  MakeCluster("a").Add(kNodeType, FreshNode(1));
  WorkloadNodeInitializer* initializer = nullptr;
  AliveCount forgotten;
  absl::Notification ready;
  WorkloadNodeInitializer direct(
      management_,
      [this](absl::string_view) {
        absl::MutexLock lock(&mutex_);
        return MakeCountedClient(*workloads_["a"], alive_);
      },
      clock_,
      [&](const ObjectKey& machine) {
        ready.WaitForNotification();
        if (initializer->StateOf(machine).phase != Phase::kInitialized) return;
        initializer->Forget(machine);
        forgotten.Add(1);
      });
  initializer = &direct;
  ready.Notify();
  direct.Want(Cluster("a"), Machine(1), TestDesiredNode(1));
  forgotten.Await(1);
}

}  // namespace
}  // namespace evroc::shim
