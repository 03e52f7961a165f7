#include "shim/node/node_reconciler.h"

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/controller/controller.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/testing_workload.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Phase = NodeState::Phase;

ObjectKey Cluster(const std::string& name) { return {"ns", name}; }
ObjectKey Machine(int number) { return {"ns", absl::StrCat("m-", number)}; }
ObjectKey NodeKey(int number) { return {"", absl::StrCat("vm-", number)}; }

// A management cluster, and workload clusters by what their kubeconfig says.
// Reconciles run on the test's thread, or with StartController on workers.
class NodeReconcilerTest : public ::testing::Test {
 protected:
  // Workers use what is here: they end first.
  ~NodeReconcilerTest() override { controller_.reset(); }

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
  void Want(const std::string& cluster, int number, bool initialized = false) {
    desired_.Want(Cluster(cluster), Machine(number), TestDesiredNode(number),
                  initialized);
  }
  // Wants the Node of that number to be read only.
  void WantRead(const std::string& cluster, int number,
                const std::string& provider_id = "") {
    DesiredNode desired = TestDesiredNode(number);
    desired.vm_provider_id = std::exchange(desired.provider_id, provider_id);
    desired.read_only = true;
    desired_.Want(Cluster(cluster), Machine(number), desired, false);
  }
  // The Node of that number, with a provider ID of somebody else.
  static Json ForeignNode(int number, const std::string& provider_id) {
    Json node = FreshNode(number);
    if (!provider_id.empty()) node.SetAt("spec.providerID", provider_id);
    node.SetAt("status.addresses",
               Json::Array({Json::Object(
                   {{"type", "InternalIP"},
                    {"address", absl::StrCat("10.0.0.", number)}})}));
    return node;
  }
  static void PatchProviderId(FakeKubeClient& workload, int number,
                              const std::string& provider_id) {
    Json patch = Json::Object();
    patch.SetAt("spec.providerID", provider_id);
    ASSERT_TRUE(workload.Patch({}, kNodeType, NodeKey(number), "", patch).ok());
  }
  NodeState StateOf(int number) { return desired_.StateOf(Machine(number)); }

  ReconcileResult Reconcile(const std::string& cluster) {
    return reconciler_.Reconcile({}, {.key = Cluster(cluster)});
  }
  // After how long the cluster is to be reconciled again.
  absl::Duration DelayAfterReconcile(const std::string& cluster) {
    const ReconcileResult result = Reconcile(cluster);
    const auto* retry = std::get_if<RetryAfter>(&*result);
    EXPECT_NE(retry, nullptr);
    return retry == nullptr ? absl::ZeroDuration() : retry->delay;
  }
  static bool IsDone(const ReconcileResult& result) {
    return std::holds_alternative<Done>(*result);
  }
  static bool BacksOff(const ReconcileResult& result) {
    return std::holds_alternative<RetryWithBackoff>(*result);
  }

  void StartController(int workers) {
    controller_ = std::make_unique<Controller>(
        Controller::Options{.kind = "Cluster", .workers = workers}, clock_,
        [this](const CallContext& context, const ReconcileRequest& request) {
          return reconciler_.Reconcile(context, request);
        },
        [this](absl::string_view, absl::Duration) {
          absl::MutexLock lock(&mutex_);
          ++reconciles_;
        });
    for (const ObjectKey& cluster : TakeEnqueued()) {
      controller_->queue().Add(cluster);
    }
    controller_->Start();
  }
  // Blocks until so many reconciles of the controller ended with a back-off.
  void AwaitBackoffs(uint64_t count) {
    absl::MutexLock lock(&mutex_);
    int seen = -1;
    const auto has_changes = [&] {
      mutex_.AssertReaderHeld();
      return reconciles_ != seen;
    };
    while (controller_->queue().stats().retries < count) {
      seen = reconciles_;
      mutex_.Await(absl::Condition(&has_changes));
    }
  }
  // Blocks until all reconciles but so many have ended.
  void AwaitRunning(uint64_t count) {
    absl::MutexLock lock(&mutex_);
    int seen = -1;
    const auto has_changes = [&] {
      mutex_.AssertReaderHeld();
      return reconciles_ != seen;
    };
    while (controller_->queue().stats().taken > reconciles_ + count) {
      seen = reconciles_;
      mutex_.Await(absl::Condition(&has_changes));
    }
  }
  // Blocks until the machine has that reason.
  void AwaitReason(int number, absl::string_view reason) {
    absl::MutexLock lock(&mutex_);
    int seen = -1;
    const auto has_changes = [&] {
      mutex_.AssertReaderHeld();
      return changes_ != seen;
    };
    while (StateOf(number).reason != reason) {
      seen = changes_;
      mutex_.Await(absl::Condition(&has_changes));
    }
  }

  std::vector<ObjectKey> TakeEnqueued() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(enqueued_, {});
  }

  FakeClock clock_;
  FakeKubeClient management_{clock_};
  AliveCount alive_;    // connections to workload clusters that answer
  AliveCount hanging_;  // calls to those that do not
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<FakeKubeClient>> workloads_
      ABSL_GUARDED_BY(mutex_);
  std::vector<ObjectKey> enqueued_ ABSL_GUARDED_BY(mutex_);
  int changes_ ABSL_GUARDED_BY(mutex_) = 0;
  int reconciles_ ABSL_GUARDED_BY(mutex_) = 0;
  NodeReconciler::Options options_{.workers = 120};
  DesiredNodes desired_{
      clock_, [this](const ObjectKey& key, absl::Duration) { Enqueue(key); }};
  WorkloadAccess access_{
      management_,
      [this](absl::string_view content) { return Connect(content); }, clock_};
  NodeReconciler reconciler_{desired_,
                             access_,
                             clock_,
                             [this](const ObjectKey& key) { Enqueue(key); },
                             [this](const ObjectKey&) { Notify(); },
                             options_};
  std::unique_ptr<Controller> controller_;

 private:
  void Enqueue(const ObjectKey& cluster) {
    if (controller_ != nullptr) return controller_->queue().Add(cluster);
    absl::MutexLock lock(&mutex_);
    enqueued_.push_back(cluster);
  }
  absl::StatusOr<std::unique_ptr<KubeClient>> Connect(
      absl::string_view content) {
    absl::MutexLock lock(&mutex_);
    if (content == "dead") return MakeDeadClient(clock_, hanging_);
    auto found = workloads_.find(std::string(content));
    if (found == workloads_.end()) {
      return absl::InvalidArgumentError("not a kubeconfig");
    }
    return MakeCountedClient(*found->second, alive_);
  }
  void Notify() {
    absl::MutexLock lock(&mutex_);
    ++changes_;
  }
};

TEST_F(NodeReconcilerTest, CompletesANodeAndLeavesNothingBehind) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Want("a", 1);
  EXPECT_EQ(StateOf(1).phase, Phase::kPending);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_TRUE(IsRight(workload, 1));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(alive_.count(), 0);
}

TEST_F(NodeReconcilerTest, WhileANodeIsAwaitedItsClustersConnectionStays) {
  FakeKubeClient& workload = MakeCluster("a");
  Want("a", 1);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(alive_.count(), 1);
  clock_.Advance(absl::Seconds(3));
  workload.FailNext("get", "nodes", absl::UnavailableError("down"));
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_EQ(alive_.count(), 0);
}

TEST_F(NodeReconcilerTest, ANodeThatIsCompleteAlreadyCostsOneRead) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, RightNode(1));
  Want("a", 1);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 0);
  EXPECT_EQ(workload.WriteCount(), 0);
}

TEST_F(NodeReconcilerTest, ANodeThatRegistersAgainIsCompletedAgain) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Want("a", 1);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  workload.Delete(kNodeType, NodeKey(1));
  clock_.Advance(absl::Minutes(9));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  workload.Add(kNodeType, FreshNode(1));
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_TRUE(IsRight(workload, 1));
}

TEST_F(NodeReconcilerTest, WhatWasCompleteBeforeARestartIsLookedAtToo) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Want("a", 1, true);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(Cluster("a")));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_TRUE(IsRight(workload, 1));
}

// As when somebody deletes a Node whose kubelet then starts again.
TEST_F(NodeReconcilerTest, ANodeThatCoreMissesIsCompletedSoonAfterItIsBack) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  Want("a", 1);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  workload.Delete(kNodeType, NodeKey(1));
  TakeEnqueued();
  desired_.Doubt(Machine(1), true);  // core has noticed
  EXPECT_THAT(TakeEnqueued(), ElementsAre(Cluster("a")));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  workload.Add(kNodeType, FreshNode(1));
  clock_.Advance(absl::Seconds(3));
  DelayAfterReconcile("a");
  EXPECT_TRUE(IsRight(workload, 1));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  // It is looked at until core agrees.
  desired_.Doubt(Machine(1), false);
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(IsDone(Reconcile("a")));
}

TEST_F(NodeReconcilerTest, ANodeInDoubtIsLookedAtLessOftenAfterAWhile) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, RightNode(1));
  Want("a", 1);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  desired_.Doubt(Machine(1), true);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  clock_.Advance(absl::Minutes(11));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(30));
  const int lists = workload.CallCount("list", "nodes");
  clock_.Advance(absl::Seconds(30));
  DelayAfterReconcile("a");
  EXPECT_EQ(workload.CallCount("list", "nodes"), lists);
}

TEST_F(NodeReconcilerTest, ACompleteNodeIsNotReadForAnothersSake) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, RightNode(1));
  Want("a", 1);
  Want("a", 2);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);  // vm-2 is new
  const int reads = workload.CallCount("get", "nodes");
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(workload.CallCount("get", "nodes"), reads + 1);  // of vm-2
}

TEST_F(NodeReconcilerTest, ANodeThatIsAwaitedIsReadByNameAndListedNowAndThen) {
  FakeKubeClient& workload = MakeCluster("a");
  Want("a", 1);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  for (int i = 0; i < 9; ++i) {
    clock_.Advance(absl::Seconds(3));
    EXPECT_TRUE(Reconcile("a").ok());
  }
  EXPECT_EQ(workload.CallCount("get", "nodes"), 10);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(workload.CallCount("list", "nodes"), 2);

  workload.Add(kNodeType, FreshNode(1));
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_TRUE(IsRight(workload, 1));
}

TEST_F(NodeReconcilerTest, ANodeThatIsLateIsLookedForMoreSeldom) {
  MakeCluster("a");
  Want("a", 1);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  clock_.Advance(absl::Minutes(10));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(30));
  Want("a", 2);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
}

TEST_F(NodeReconcilerTest, ANodeOfAnotherNameIsFoundByItsAddress) {
  FakeKubeClient& workload = MakeCluster("a");
  Json node = FreshNode(1);
  node.SetAt("metadata.name", "called-otherwise");
  node.SetAt("status.addresses",
             Json::Array({Json::Object(
                 {{"type", "InternalIP"}, {"address", "10.0.0.1"}})}));
  workload.Add(kNodeType, node);
  Want("a", 1);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(StateOf(1).message, "Node \"called-otherwise\"");
  // From then on it is read by that name, also when it is in doubt.
  desired_.Doubt(Machine(1), true);
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(absl::Seconds(3));
    EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
    EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  }
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
}

TEST_F(NodeReconcilerTest, ANodeThatIsOnlyReadTellsItsProviderId) {
  FakeKubeClient& workload = MakeCluster("a");
  // The cluster beside it has a Node of that name and address too.
  MakeCluster("b").Add(kNodeType, ForeignNode(1, "rke2://wrong"));
  WantRead("a", 1);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  workload.Add(kNodeType, ForeignNode(1, ""));
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeWithoutProviderId);
  workload.Add(kNodeType, ForeignNode(2, "rke2://vm-2"));
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  PatchProviderId(workload, 1, "rke2://vm-1");
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(StateOf(1), NodeLinked("vm-1", "rke2://vm-1"));
  EXPECT_EQ(workload.WriteCount(), 1) << "the one of PatchProviderId";
  EXPECT_EQ(workload.CallCount("list", "nodes"), 2);
}

TEST_F(NodeReconcilerTest,
       ANodeThatIsOnlyReadIsLookedAtAgainAtTheCostOfOneRead) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, ForeignNode(1, "rke2://vm-1"));
  WantRead("a", 1, "rke2://vm-1");
  EXPECT_TRUE(IsDone(Reconcile("a")));
  clock_.Advance(options_.sync_period);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(workload.CallCount("get", "nodes"), 2);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 0);
  // A Node that registers again with another provider ID is told.
  workload.Delete(kNodeType, NodeKey(1));
  workload.Add(kNodeType, ForeignNode(1, "other://1"));
  clock_.Advance(options_.sync_period);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(StateOf(1).reason, kNodeProviderIdConflict);
  EXPECT_EQ(workload.WriteCount(), 0);
}

TEST_F(NodeReconcilerTest, ANodeWithoutAnAddressIsNotListedEachTime) {
  FakeKubeClient& workload = MakeCluster("a");
  Json node = ForeignNode(1, "rke2://vm-1");
  node.Set("status", Json::Object());
  workload.Add(kNodeType, node);
  WantRead("a", 1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
    EXPECT_EQ(StateOf(1).reason, kNodeWithoutAddress);
    clock_.Advance(absl::Seconds(3));
  }
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
}

TEST_F(NodeReconcilerTest, EachMachineOfTheClusterMayClaimANode) {
  FakeKubeClient& workload = MakeCluster("a");
  Json node = FreshNode(9);
  node.SetAt("status.addresses",
             Json::Array({Json::Object(
                 {{"type", "InternalIP"}, {"address", "10.0.0.1"}})}));
  workload.Add(kNodeType, node);
  DesiredNode twin = TestDesiredNode(1);
  twin.vm_id = "vm-2";
  twin.provider_id = "evroc://uid-2";
  Want("a", 1);
  desired_.Want(Cluster("a"), Machine(2), twin, false);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(StateOf(1).reason, kNodeAmbiguous);
  EXPECT_EQ(StateOf(2).reason, kNodeAmbiguous);

  // Also if it is not looked at itself: it failed just now.
  DesiredNode changed = TestDesiredNode(1);
  changed.zone = "b";
  desired_.Want(Cluster("a"), Machine(1), changed, false);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(StateOf(1).reason, kNodeAmbiguous);
  EXPECT_EQ(workload.WriteCount(), 0);
}

TEST_F(NodeReconcilerTest, ManyNodesAreListed) {
  FakeKubeClient& workload = MakeCluster("a");
  for (int i = 1; i <= 100; ++i) {
    workload.Add(kNodeType, FreshNode(i));
    Want("a", i);
  }
  EXPECT_TRUE(IsDone(Reconcile("a")));
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(IsRight(workload, i));
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
}

TEST_F(NodeReconcilerTest, ManyCompleteNodesAreListed) {
  FakeKubeClient& workload = MakeCluster("a");
  for (int i = 1; i <= 100; ++i) {
    workload.Add(kNodeType, RightNode(i));
    Want("a", i, true);
  }
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1);
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  EXPECT_EQ(workload.WriteCount(), 0);
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(changes_, 0);
}

TEST_F(NodeReconcilerTest, ManyAwaitedNodesAreReadInTurnBetweenTwoLists) {
  FakeKubeClient& workload = MakeCluster("a");
  for (int i = 1; i <= 25; ++i) Want("a", i);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  for (int i = 1; i <= 25; ++i) workload.Add(kNodeType, RightNode(i));
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(3));
    EXPECT_TRUE(Reconcile("a").ok());
  }
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1 + 25);
  for (int i = 1; i <= 25; ++i) {
    EXPECT_EQ(StateOf(i).phase, Phase::kInitialized);
  }
}

// As when the network of a whole zone is down.
TEST_F(NodeReconcilerTest, ManyNodesInDoubtAreReadInTurnBetweenTwoLists) {
  FakeKubeClient& workload = MakeCluster("a");
  for (int i = 1; i <= 25; ++i) {
    workload.Add(kNodeType, RightNode(i));
    Want("a", i);
  }
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  for (int i = 1; i <= 25; ++i) desired_.Doubt(Machine(i), true);
  workload.Delete(kNodeType, NodeKey(7));
  for (int i = 0; i < 9; ++i) {
    clock_.Advance(absl::Seconds(3));
    EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  }
  EXPECT_EQ(workload.CallCount("list", "nodes"), 1);
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1 + 9 * 10);
  for (int i = 1; i <= 25; ++i) {
    EXPECT_EQ(StateOf(i).reason, i == 7 ? kNodeNotFound : kNodeInitialized);
  }
  clock_.Advance(absl::Seconds(3));
  DelayAfterReconcile("a");
  EXPECT_EQ(workload.CallCount("list", "nodes"), 2);
}

TEST_F(NodeReconcilerTest, AClusterThatFailsInTheMiddleIsNotUnreachable) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.FailNext("patch", "nodes/status",
                    absl::DeadlineExceededError("slow"));
  Want("a", 1);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(3));
  EXPECT_EQ(StateOf(1).reason, kNodeNotLookedAt);
  EXPECT_TRUE(IsDone(Reconcile("a")));
}

TEST_F(NodeReconcilerTest,
       ASilentClusterWithCompleteNodesIsLeftUntilTheNextSync) {
  MakeCluster("a").FailNext("get", "nodes", absl::UnavailableError("refused"));
  Want("a", 1, true);
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
}

TEST_F(NodeReconcilerTest, WhatIsForgottenMeanwhileIsNotWritten) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.Add(kNodeType, FreshNode(2));
  Want("a", 1);
  Want("a", 2);
  workload.RunBefore("patch", "nodes/status",
                     [&] { desired_.Forget(Machine(2)); });
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_TRUE(IsRight(workload, 1));
  EXPECT_FALSE(IsRight(workload, 2));
}

TEST_F(NodeReconcilerTest, WhatIsRefusedForOneNodeHoldsUpNoOther) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.Add(kNodeType, FreshNode(2));
  workload.FailNext("patch", "nodes",
                    absl::InvalidArgumentError("a policy says no"));
  Want("a", 1);
  Want("a", 2);
  EXPECT_EQ(DelayAfterReconcile("a"), absl::Seconds(30));
  EXPECT_EQ(StateOf(1).reason, kNodePatchRefused);
  EXPECT_THAT(StateOf(1).message, HasSubstr("a policy says no"));
  EXPECT_TRUE(IsRight(workload, 2));

  // Not tried again at once, for another machine's sake.
  const int writes = workload.WriteCount();
  Want("a", 3);
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(workload.WriteCount(), writes);
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_TRUE(IsRight(workload, 1));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
}

TEST_F(NodeReconcilerTest, TheLastForgottenNodeEndsIt) {
  MakeCluster("a");
  Want("a", 1);
  EXPECT_TRUE(Reconcile("a").ok());
  TakeEnqueued();
  desired_.Forget(Machine(1));
  EXPECT_THAT(TakeEnqueued(), ElementsAre(Cluster("a")));
  EXPECT_TRUE(std::holds_alternative<Gone>(*Reconcile("a")));
}

TEST_F(NodeReconcilerTest, WaitsForTheKubeconfig) {
  Want("a", 1);
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_EQ(StateOf(1).reason, kNodeNoKubeconfig);
  EXPECT_EQ(StateOf(1).phase, Phase::kPending);
  MakeCluster("a").Add(kNodeType, FreshNode(1));
  EXPECT_TRUE(IsDone(Reconcile("a")));
}

TEST_F(NodeReconcilerTest, ABadKubeconfigIsAFailureThatHeals) {
  management_.Add(kSecretType, KubeconfigSecret(Cluster("a"), "rubbish"));
  Want("a", 1);
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_EQ(StateOf(1).reason, kNodeBadKubeconfig);
  EXPECT_EQ(StateOf(1).phase, Phase::kFailed);
  EXPECT_THAT(StateOf(1).message, HasSubstr("ns/a-kubeconfig"));
  management_.Delete(kSecretType, {"ns", "a-kubeconfig"});
  MakeCluster("a").Add(kNodeType, FreshNode(1));
  EXPECT_TRUE(IsDone(Reconcile("a")));
}

TEST_F(NodeReconcilerTest, ADownClusterIsTriedAgainWithTheSameKubeconfig) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.Add(kNodeType, FreshNode(1));
  workload.FailNext("get", "nodes", absl::UnavailableError("refused"));
  workload.FailNext("get", "nodes", absl::UnavailableError("refused"));
  Want("a", 1);
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_EQ(StateOf(1).reason, kNodeUnreachable);
  EXPECT_THAT(StateOf(1).message, HasSubstr("refused"));
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(management_.CallCount("get", "secrets"), 1);
}

TEST_F(NodeReconcilerTest, AClusterThatAnsweredIsUnreachableOnlyTheSecondTime) {
  FakeKubeClient& workload = MakeCluster("a");
  Want("a", 1);
  EXPECT_TRUE(Reconcile("a").ok());
  for (const char* reason : {kNodeNotFound, kNodeUnreachable}) {
    clock_.Advance(absl::Seconds(3));
    workload.FailNext("get", "nodes", absl::UnavailableError("restarts"));
    EXPECT_TRUE(BacksOff(Reconcile("a")));
    EXPECT_EQ(StateOf(1).reason, reason);
  }
  EXPECT_TRUE(Reconcile("a").ok());
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
}

TEST_F(NodeReconcilerTest, AnOldKubeconfigIsReadAgainWhenItIsRefused) {
  FakeKubeClient& workload = MakeCluster("a");
  Want("a", 1);
  EXPECT_TRUE(Reconcile("a").ok());
  workload.FailNext("get", "nodes", absl::UnauthenticatedError("expired"));
  workload.Add(kNodeType, FreshNode(1));
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(IsDone(Reconcile("a")));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(management_.CallCount("get", "secrets"), 2);
}

TEST_F(NodeReconcilerTest, AFreshKubeconfigThatIsRefusedIsReported) {
  FakeKubeClient& workload = MakeCluster("a");
  workload.FailNext("get", "nodes", absl::UnauthenticatedError("who?"));
  Want("a", 1);
  EXPECT_TRUE(BacksOff(Reconcile("a")));
  EXPECT_EQ(StateOf(1).reason, kNodeAccessRefused);
  EXPECT_EQ(StateOf(1).phase, Phase::kFailed);
  EXPECT_EQ(workload.CallCount("get", "nodes"), 1);
}

TEST_F(NodeReconcilerTest, AReconcileThatIsStoppedRecordsNothing) {
  MakeDeadCluster("dead");
  Want("dead", 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(
      reconciler_
          .Reconcile({.cancel = stop.get_token()}, {.key = Cluster("dead")})
          .ok());
  EXPECT_EQ(StateOf(1).reason, kNodeNotLookedAt);
}

TEST_F(NodeReconcilerTest, EndsWhileConnectionsHang) {
  MakeDeadCluster("dead");
  Want("dead", 1);
  StartController(4);
  hanging_.Await(1);
  controller_.reset();
  EXPECT_EQ(hanging_.count(), 0);
}

// 300 workload clusters of which 50 hang: the others are looked at while the
// calls to all of these last, and again while they are tried again.
TEST_F(NodeReconcilerTest, B9DeadClustersDoNotSlowOthers) {
  constexpr int kDead = 50;
  constexpr int kAll = 300;
  for (int i = 1; i <= kDead; ++i) {
    MakeDeadCluster(absl::StrCat("dead-", i));
    Want(absl::StrCat("dead-", i), i);
  }
  for (int i = kDead + 1; i <= kAll; ++i) {
    MakeCluster(absl::StrCat("c-", i)).Add(kNodeType, FreshNode(i));
    Want(absl::StrCat("c-", i), i);
  }
  StartController(120);
  for (int i = kDead + 1; i <= kAll; ++i) AwaitReason(i, kNodeInitialized);
  hanging_.Await(kDead);
  AwaitRunning(kDead);  // else time passes while others are called
  EXPECT_EQ(StateOf(1).reason, kNodeNotLookedAt);

  // Some had to wait for a permit, which is over now.
  const uint64_t backoffs = controller_->queue().stats().retries;
  clock_.Advance(absl::Seconds(5));
  AwaitBackoffs(backoffs + kDead);
  for (int i = 1; i <= kDead; ++i) AwaitReason(i, kNodeUnreachable);
  clock_.Advance(absl::Seconds(4));
  hanging_.Await(30);  // their share
  for (int i = kDead + 1; i <= kAll; ++i) {
    Want(absl::StrCat("c-", i), 1000 + i);
  }
  for (int i = kDead + 1; i <= kAll; ++i) AwaitReason(1000 + i, kNodeNotFound);
}

// A reconciler of eight workers, whose shares are two for clusters that hung.
class NodeSharesTest : public NodeReconcilerTest {
 protected:
  void Want(int number, const std::string& cluster) {
    NodeReconcilerTest::Want(cluster, number);
  }
  ReconcileResult Reconcile(const std::string& cluster) {
    return reconciler_.Reconcile({}, {.key = Cluster(cluster)});
  }

  std::vector<ObjectKey> available_;
  NodeReconciler reconciler_{
      desired_,
      access_,
      clock_,
      [this](const ObjectKey& key) { available_.push_back(key); },
      [](const ObjectKey&) {},
      {.workers = 8}};
};

// Beyond the limit clusters without an answer wait for each other, and hold up
// neither those that were never asked nor those that answer.
TEST_F(NodeSharesTest, ClustersWithoutAnAnswerShareAPartOfTheWorkers) {
  const std::vector<std::string> dead = {"dead-1", "dead-2", "dead-3"};
  for (int i = 0; i < 3; ++i) {
    MakeDeadCluster(dead[i]);
    Want(i, dead[i]);
  }
  for (const std::string& each : dead) {
    std::thread hangs([&] { EXPECT_TRUE(BacksOff(Reconcile(each))); });
    hanging_.Await(1);
    clock_.Advance(absl::Seconds(5));
    hangs.join();
  }
  std::thread one([&] { EXPECT_TRUE(BacksOff(Reconcile(dead[0]))); });
  std::thread two([&] { EXPECT_TRUE(BacksOff(Reconcile(dead[1]))); });
  hanging_.Await(2);
  EXPECT_TRUE(BacksOff(Reconcile(dead[2])));
  EXPECT_THAT(available_, IsEmpty());
  MakeCluster("good").Add(kNodeType, FreshNode(9));
  Want(9, "good");
  EXPECT_TRUE(IsDone(Reconcile("good")));
  clock_.Advance(absl::Seconds(5));
  one.join();
  two.join();
  EXPECT_THAT(available_, ElementsAre(Cluster(dead[2])));
}

// The first read of each is answered, and what comes then is not.
TEST_F(NodeSharesTest, B9ClustersThatHangLaterShareAPartOfTheWorkers) {
  const std::vector<std::string> slow = {"slow-1", "slow-2", "slow-3"};
  std::vector<FakeKubeClient*> servers;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(&MakeCluster(slow[i]));
    servers[i]->RunBefore("list", "nodes",
                          [this] { clock_.Advance(absl::Seconds(20)); });
    Want(i, slow[i]);
    EXPECT_TRUE(Reconcile(slow[i]).ok());
  }
  clock_.Advance(absl::Seconds(3));
  ReconcileResult third = Done{};
  // While the calls of two of them last:
  servers[0]->RunBefore("get", "nodes",
                        [&] { Reconcile(slow[1]).IgnoreError(); });
  servers[1]->RunBefore("get", "nodes", [&] { third = Reconcile(slow[2]); });
  EXPECT_TRUE(Reconcile(slow[0]).ok());
  EXPECT_TRUE(BacksOff(third));
  EXPECT_EQ(servers[2]->CallCount("get", "nodes"), 1);
}

}  // namespace
}  // namespace evroc::shim
