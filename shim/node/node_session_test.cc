#include "shim/node/node_session.h"

#include <stop_token>
#include <string>
#include <thread>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/testing_workload.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using Phase = NodeState::Phase;

const ObjectKey kCluster{"ns", "cluster"};

ObjectKey Machine(int number) { return {"ns", "m-" + std::to_string(number)}; }

ObjectKey NodeKey(int number) { return {"", "vm-" + std::to_string(number)}; }

// Tells when a watch's events have been taken.
class TellingKubeClient : public FakeKubeClient {
 public:
  using FakeKubeClient::FakeKubeClient;
  absl::Status Watch(const CallContext& context, const ResourceType& type,
                     const Selection& selection,
                     const std::string& resource_version,
                     const EventSink& sink) override {
    return FakeKubeClient::Watch(context, type, selection, resource_version,
                                 [&](const WatchEvent& event) {
                                   absl::Status taken = sink(event);
                                   taken_.Add(1);
                                   return taken;
                                 });
  }
  absl::StatusOr<Json> Patch(const CallContext& context,
                             const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource,
                             const Json& patch) override {
    Json done = patch;
    if (undo_labels) done.SetAt("metadata.labels", Json::Object());
    return FakeKubeClient::Patch(context, type, key, subresource, done);
  }
  void AwaitTaken(int count) { taken_.Await(count); }

  bool undo_labels = false;  // as a webhook could

 private:
  AliveCount taken_;
};

// One session against one workload cluster.
class NodeSessionTest : public ::testing::Test {
 protected:
  NodeSessionTest()
      : workload_(clock_),
        on_change_([](const ObjectKey&) {}),
        session_(kCluster, {workload_, board_, wake_, clock_, on_change_},
                 SessionOptions()) {}
  ~NodeSessionTest() override {
    cancel_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  void Want(int number) {
    if (board_.Want(kCluster, Machine(number), TestDesiredNode(number)))
      wake_.Wake();
  }

  // For those that end by themselves.
  absl::Status Run() { return session_.Run(cancel_.get_token()); }

  void Start() {
    thread_ =
        std::thread([this] { ended_ = session_.Run(cancel_.get_token()); });
  }
  absl::Status Join() {
    thread_.join();
    return ended_;
  }
  absl::Status Stop() {
    cancel_.request_stop();
    return Join();
  }

  NodeState StateOf(int number) { return board_.StateOf(Machine(number)); }

  FakeClock clock_;
  TellingKubeClient workload_;
  DesiredNodes board_;
  NodeWake wake_;
  std::stop_source cancel_;
  NodeSession::OnChange on_change_;
  NodeSession session_;
  std::thread thread_;
  absl::Status ended_;
};

TEST_F(NodeSessionTest, ANodeThatIsRightAlreadyCostsOneList) {
  workload_.Add(kNodeType, RightNode(1));
  Want(1);
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 1);
  EXPECT_EQ(workload_.CallCount("watch", "nodes"), 0);
  EXPECT_EQ(workload_.CallCount("get", "nodes"), 0);
  EXPECT_EQ(workload_.WriteCount(), 0);
}

TEST_F(NodeSessionTest, MakesAFreshNodeRightWithTwoWrites) {
  workload_.Add(kNodeType, FreshNode(1));
  Want(1);
  EXPECT_TRUE(Run().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(workload_.CallCount("patch", "nodes/status"), 1);
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 1);
}

TEST_F(NodeSessionTest, ANodeThatRegistersLaterIsMadeRightThen) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  workload_.Add(kNodeType, FreshNode(2));  // nobody's
  workload_.Add(kNodeType, FreshNode(1));
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_FALSE(IsRight(workload_, 2));
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 1);
}

TEST_F(NodeSessionTest, AMachineThatIsWantedMeanwhileIsLookedAtAtOnce) {
  workload_.Add(kNodeType, FreshNode(2));
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  Want(2);
  workload_.AwaitCalls("patch", "nodes", 1);
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(2).phase, Phase::kInitialized);
  EXPECT_EQ(StateOf(1).phase, Phase::kPending);
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 1);
}

TEST_F(NodeSessionTest, EndsWhenTheLastNodeIsForgotten) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(board_.Forget(Machine(1)), kCluster);
  wake_.Wake();
  EXPECT_TRUE(Join().ok());
}

TEST_F(NodeSessionTest, EndsAtOnceWhenItsTurnIsOver) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_TRUE(absl::IsCancelled(Stop()));
  EXPECT_TRUE(session_.listed());
}

TEST_F(NodeSessionTest, AForeignProviderIdIsReportedAndNothingIsTouched) {
  Json node = FreshNode(1);
  node.SetAt("spec.providerID", "rke2://vm-1");
  workload_.Add(kNodeType, node);
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).phase, Phase::kFailed);
  EXPECT_EQ(StateOf(1).reason, kNodeProviderIdConflict);
  EXPECT_THAT(StateOf(1).message, HasSubstr("rke2://vm-1"));
  EXPECT_EQ(workload_.WriteCount(), 0);

  // Registered again, without the other controller.
  workload_.Delete(kNodeType, NodeKey(1));
  workload_.Add(kNodeType, FreshNode(1));
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
}

TEST_F(NodeSessionTest, AnotherWritersChangeIsReadAgainAndKept) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.RunBefore("patch", "nodes", [&] {
    Json taints = Json::Array({Json::Object({{"key", kUninitializedTaint}}),
                               Json::Object({{"key", "new"}})});
    workload_.Change(
        kNodeType, NodeKey(1),
        Json::Object({{"spec", Json::Object({{"taints", taints}})}}));
  });
  Want(1);
  EXPECT_TRUE(Run().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_EQ(workload_.CallCount("get", "nodes"), 1);
  EXPECT_EQ(workload_.Find(kNodeType, NodeKey(1))->At("spec.taints").Dump(),
            R"([{"key":"new"}])");
}

TEST_F(NodeSessionTest, ConflictsWithoutEndAreGivenUpUntilSomethingChanges) {
  workload_.Add(kNodeType, RightNode(1));
  workload_.Change(
      kNodeType, NodeKey(1),
      Json::Object({{"spec", Json::Object({{"providerID", Json()}})}}));
  for (int i = 0; i < 6; ++i) {
    workload_.FailNext("patch", "nodes", absl::AbortedError("changed"));
  }
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodePatchRefused);
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 6);
}

TEST_F(NodeSessionTest, AnApiWithoutTheStatusOfNodesIsPutUpWith) {
  workload_.FailNext("patch", "nodes/status", absl::NotFoundError("no"));
  workload_.Add(kNodeType, FreshNode(1));
  workload_.Add(kNodeType, FreshNode(2));
  Want(1);
  Want(2);
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(StateOf(1).phase, Phase::kInitialized);
  EXPECT_EQ(StateOf(2).phase, Phase::kInitialized);
  EXPECT_EQ(workload_.CallCount("patch", "nodes/status"), 1);  // asked once
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 2);
}

TEST_F(NodeSessionTest, ANodeThatVanishesIsWaitedForAgain) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.RunBefore("patch", "nodes",
                      [&] { workload_.Delete(kNodeType, NodeKey(1)); });
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
}

TEST_F(NodeSessionTest, ANodeThatIsBeingDeletedIsNobodys) {
  Json node = FreshNode(1);
  node.SetAt("metadata.finalizers", Json::Array({"example.com/hold"}));
  workload_.Add(kNodeType, node);
  workload_.Delete(kNodeType, NodeKey(1));
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodeNotFound);
  EXPECT_EQ(workload_.WriteCount(), 0);
}

TEST_F(NodeSessionTest, WhatIsRefusedForOneNodeHoldsUpNoOther) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.Add(kNodeType, FreshNode(2));
  workload_.FailNext("patch", "nodes",
                     absl::InvalidArgumentError("a policy says no"));
  Want(1);
  Want(2);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodePatchRefused);
  EXPECT_THAT(StateOf(1).message, HasSubstr("a policy says no"));
  EXPECT_TRUE(IsRight(workload_, 2));

  // Not tried again for a change that says nothing new, but for one that does.
  workload_.Change(
      kNodeType, NodeKey(1),
      Json::Object({{"metadata",
                     Json::Object({{"annotations",
                                    Json::Object({{"heartbeat", "1"}})}})}}));
  workload_.Change(
      kNodeType, NodeKey(1),
      Json::Object(
          {{"metadata",
            Json::Object({{"labels", Json::Object({{kZoneLabel, "z"}})}})}}));
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 3);
}

TEST_F(NodeSessionTest, AddressesThatAreRefusedHoldUpNothingElse) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.FailNext("patch", "nodes/status",
                     absl::InvalidArgumentError("no such address"));
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodePatchRefused);
  const Json node = *workload_.Find(kNodeType, NodeKey(1));
  EXPECT_EQ(node.At("spec.providerID").String(), "evroc://uid-1");
  EXPECT_FALSE(node.At("spec.taints").exists());
}

TEST_F(NodeSessionTest, WhatWasRefusedIsTriedAgainAfterAWhile) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.FailNext("patch", "nodes", absl::PermissionDeniedError("no"));
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  workload_.EndWatches();
  workload_.AwaitWatches(0);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Join().ok());
  EXPECT_TRUE(IsRight(workload_, 1));
}

TEST_F(NodeSessionTest, GoesOnWhereAWatchEnded) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  workload_.EndWatches();
  workload_.AwaitWatches(0);
  clock_.AwaitWaiters(1);
  workload_.Add(kNodeType, FreshNode(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 1);
}

TEST_F(NodeSessionTest, ListsAnewWhenTheHistoryIsGone) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  workload_.EndWatches();
  workload_.AwaitWatches(0);
  clock_.AwaitWaiters(1);
  workload_.Add(kNodeType, FreshNode(1));
  workload_.ForgetHistory();
  clock_.Advance(absl::Seconds(1));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Join().ok());
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 2);
}

TEST_F(NodeSessionTest, ASilentWatchIsTakenForALostConnection) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(absl::IsAborted(Join()));
}

TEST_F(NodeSessionTest, ABookmarkKeepsAWatchAlive) {
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  workload_.SendBookmark(kNodeType);
  workload_.AwaitTaken(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(5));
  workload_.AwaitCalls("watch", "nodes", 2);
  EXPECT_TRUE(absl::IsCancelled(Stop()));
}

TEST_F(NodeSessionTest, ErrorsOfTheApiEndIt) {
  workload_.FailNext("list", "nodes", absl::UnauthenticatedError("expired"));
  Want(1);
  EXPECT_TRUE(absl::IsUnauthenticated(Run()));
  EXPECT_FALSE(session_.listed());

  workload_.Add(kNodeType, FreshNode(1));
  workload_.FailNext("patch", "nodes/status", absl::UnavailableError("down"));
  EXPECT_TRUE(absl::IsUnavailable(Run()));
  EXPECT_TRUE(session_.listed());

  workload_.FailNext("list", "nodes", absl::OutOfRangeError("between pages"));
  EXPECT_TRUE(absl::IsAborted(Run()));
}

TEST_F(NodeSessionTest, AWebhookThatUndoesEachChangeDoesNotMakeItHot) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.undo_labels = true;
  Want(1);
  Start();
  workload_.AwaitWatches(1);
  EXPECT_EQ(StateOf(1).reason, kNodePatchRefused);
  EXPECT_LE(workload_.CallCount("patch", "nodes"), 6);
}

}  // namespace
}  // namespace evroc::shim
