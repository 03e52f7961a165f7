#include "shim/node/workload_nodes.h"

#include <string>

#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/testing/testing_workload.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using Phase = NodeState::Phase;

ObjectKey NodeKey(int number) { return {"", "vm-" + std::to_string(number)}; }

// Undoes the labels of each change, as a webhook could.
class UndoingKubeClient : public FakeKubeClient {
 public:
  using FakeKubeClient::FakeKubeClient;
  absl::StatusOr<Json> Patch(const CallContext& context,
                             const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource,
                             const Json& patch) override {
    Json done = patch;
    done.SetAt("metadata.labels", Json::Object());
    return FakeKubeClient::Patch(context, type, key, subresource, done);
  }
};

class WorkloadNodesTest : public ::testing::Test {
 protected:
  // Reads that Node and completes it.
  absl::StatusOr<NodeState> Complete(int number) {
    EXPECT_TRUE(nodes_.Get("vm-" + std::to_string(number)).ok());
    return nodes_.Complete(TestDesiredNode(number),
                           "vm-" + std::to_string(number));
  }

  FakeClock clock_;
  FakeKubeClient workload_{clock_};
  const CallContext context_ = {};
  WorkloadNodes nodes_{workload_, context_, clock_, WorkloadNodes::Timeouts()};
};

TEST_F(WorkloadNodesTest, AFreshNodeIsCompletedWithTwoWrites) {
  workload_.Add(kNodeType, FreshNode(1));
  EXPECT_EQ(Complete(1)->phase, Phase::kInitialized);
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_EQ(workload_.CallCount("patch", "nodes/status"), 1);
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 1);
}

TEST_F(WorkloadNodesTest, ACompleteNodeIsNotWritten) {
  workload_.Add(kNodeType, RightNode(1));
  EXPECT_EQ(Complete(1)->phase, Phase::kInitialized);
  EXPECT_EQ(workload_.WriteCount(), 0);
}

TEST_F(WorkloadNodesTest, ANodeThatIsBeingDeletedIsNotRead) {
  Json node = FreshNode(1);
  node.SetAt("metadata.finalizers", Json::Array({"example.com/hold"}));
  workload_.Add(kNodeType, node);
  ASSERT_TRUE(nodes_.Get("vm-1").ok());
  EXPECT_NE(nodes_.Find("vm-1"), nullptr);
  workload_.Delete(kNodeType, NodeKey(1));
  ASSERT_TRUE(nodes_.Get("vm-1").ok());
  EXPECT_EQ(nodes_.Find("vm-1"), nullptr);
  ASSERT_TRUE(nodes_.List().ok());
  EXPECT_EQ(nodes_.Find("vm-1"), nullptr);
}

TEST_F(WorkloadNodesTest, AForeignProviderIdIsReportedAndNothingIsTouched) {
  Json node = FreshNode(1);
  node.SetAt("spec.providerID", "rke2://vm-1");
  workload_.Add(kNodeType, node);
  const absl::StatusOr<NodeState> state = Complete(1);
  EXPECT_EQ(state->phase, Phase::kFailed);
  EXPECT_EQ(state->reason, kNodeProviderIdConflict);
  EXPECT_THAT(state->message, HasSubstr("rke2://vm-1"));
  EXPECT_EQ(workload_.WriteCount(), 0);
}

TEST_F(WorkloadNodesTest, AnotherWritersChangeIsReadAgainAndKept) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.RunBefore("patch", "nodes", [&] {
    Json taints = Json::Array({Json::Object({{"key", kUninitializedTaint}}),
                               Json::Object({{"key", "new"}})});
    workload_.Change(
        kNodeType, NodeKey(1),
        Json::Object({{"spec", Json::Object({{"taints", taints}})}}));
  });
  EXPECT_EQ(Complete(1)->phase, Phase::kInitialized);
  EXPECT_TRUE(IsRight(workload_, 1));
  EXPECT_EQ(workload_.CallCount("get", "nodes"), 2);
  EXPECT_EQ(workload_.Find(kNodeType, NodeKey(1))->At("spec.taints").Dump(),
            R"([{"key":"new"}])");
}

TEST_F(WorkloadNodesTest, ConflictsWithoutEndAreGivenUp) {
  workload_.Add(kNodeType, FreshNode(1));
  for (int i = 0; i < 6; ++i) {
    workload_.FailNext("patch", "nodes/status", absl::AbortedError("changed"));
  }
  EXPECT_EQ(Complete(1)->reason, kNodePatchRefused);
  EXPECT_EQ(workload_.WriteCount(), 6);
}

TEST_F(WorkloadNodesTest, AWebhookThatUndoesEachChangeDoesNotMakeItHot) {
  UndoingKubeClient undoing(clock_);
  undoing.Add(kNodeType, FreshNode(1));
  WorkloadNodes nodes(undoing, context_, clock_, {});
  ASSERT_TRUE(nodes.Get("vm-1").ok());
  EXPECT_EQ(nodes.Complete(TestDesiredNode(1), "vm-1")->reason,
            kNodePatchRefused);
  EXPECT_LE(undoing.CallCount("patch", "nodes"), 6);
}

TEST_F(WorkloadNodesTest, AnApiWithoutTheStatusOfNodesIsAskedForItOnce) {
  workload_.FailNext("patch", "nodes/status",
                     MakeError(absl::StatusCode::kUnavailable, "no page",
                               {.metadata = {{"http_status", "404"}}}));
  workload_.Add(kNodeType, FreshNode(1));
  workload_.Add(kNodeType, FreshNode(2));
  EXPECT_EQ(Complete(1)->phase, Phase::kInitialized);
  EXPECT_EQ(Complete(2)->phase, Phase::kInitialized);
  EXPECT_EQ(workload_.CallCount("patch", "nodes/status"), 1);
  EXPECT_EQ(workload_.CallCount("patch", "nodes"), 2);
}

TEST_F(WorkloadNodesTest, ANodeThatVanishesLeavesTheOthersTheirAddresses) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.Add(kNodeType, FreshNode(2));
  workload_.RunBefore("patch", "nodes/status",
                      [&] { workload_.Delete(kNodeType, NodeKey(1)); });
  EXPECT_EQ(Complete(1)->reason, kNodeNotFound);
  EXPECT_EQ(Complete(2)->phase, Phase::kInitialized);
  EXPECT_TRUE(IsRight(workload_, 2));
}

TEST_F(WorkloadNodesTest, ANodeThatVanishesIsNotFound) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.RunBefore("patch", "nodes",
                      [&] { workload_.Delete(kNodeType, NodeKey(1)); });
  EXPECT_EQ(Complete(1)->reason, kNodeNotFound);
}

TEST_F(WorkloadNodesTest, ARefusalOfTheObjectIsItsState) {
  for (const absl::Status& refusal :
       {absl::InvalidArgumentError("a policy says no"),
        absl::PermissionDeniedError("a policy says no"),
        absl::FailedPreconditionError("a policy says no"),
        MakeError(absl::StatusCode::kUnavailable, "a policy says no",
                  {.metadata = {{"http_status", "500"}}})}) {
    workload_.Add(kNodeType, FreshNode(1));
    workload_.FailNext("patch", "nodes", refusal);
    const absl::StatusOr<NodeState> state = Complete(1);
    EXPECT_EQ(state->reason, kNodePatchRefused);
    EXPECT_THAT(state->message, HasSubstr("a policy says no"));
    workload_.Delete(kNodeType, NodeKey(1));
  }
}

TEST_F(WorkloadNodesTest, AFailureOfTheApiIsAnError) {
  workload_.Add(kNodeType, FreshNode(1));
  for (const absl::Status& failure : {absl::UnavailableError("down"),
                                      absl::UnauthenticatedError("expired")}) {
    workload_.FailNext("patch", "nodes/status", failure);
    EXPECT_EQ(Complete(1).status(), failure);
    workload_.FailNext("get", "nodes", failure);
    EXPECT_EQ(nodes_.Get("vm-1"), failure);
    workload_.FailNext("list", "nodes", failure);
    EXPECT_EQ(nodes_.List(), failure);
  }
}

// Its pages may expire each time: the cluster answers all the same.
TEST_F(WorkloadNodesTest, AListThatExpiresThreeTimesIsAnAnswerThatFails) {
  const absl::Status expired = absl::OutOfRangeError("too old");
  for (int i = 0; i < 3; ++i) workload_.FailNext("list", "nodes", expired);
  EXPECT_EQ(nodes_.List(), expired);
  EXPECT_EQ(workload_.CallCount("list", "nodes"), 3);
  EXPECT_TRUE(nodes_.answered());
  EXPECT_TRUE(nodes_.List().ok());
}

TEST_F(WorkloadNodesTest, AddressesThatAreRefusedHoldUpNothingElse) {
  workload_.Add(kNodeType, FreshNode(1));
  workload_.FailNext("patch", "nodes/status",
                     absl::InvalidArgumentError("no such address"));
  EXPECT_EQ(Complete(1)->reason, kNodePatchRefused);
  const Json node = *workload_.Find(kNodeType, NodeKey(1));
  EXPECT_EQ(node.At("spec.providerID").String(), "evroc://uid-1");
  EXPECT_FALSE(node.At("spec.taints").exists());
}

// Records the deadline of the last call.
class DeadlineClient : public FakeKubeClient {
 public:
  using FakeKubeClient::FakeKubeClient;
  absl::StatusOr<Json> Get(const CallContext& context, const ResourceType& type,
                           const ObjectKey& key) override {
    deadline = context.deadline;
    return FakeKubeClient::Get(context, type, key);
  }
  absl::StatusOr<std::string> List(const CallContext& context,
                                   const ResourceType& type,
                                   const Selection& selection,
                                   const ObjectSink& sink) override {
    deadline = context.deadline;
    return FakeKubeClient::List(context, type, selection, sink);
  }
  absl::Time deadline;
};

TEST_F(WorkloadNodesTest, TheFirstCallIsShortUntilTheClusterAnswers) {
  DeadlineClient client(clock_);
  const CallContext context{.deadline = clock_.Now() + absl::Seconds(20)};
  WorkloadNodes nodes(client, context, clock_, {});
  client.FailNext("get", "nodes", absl::UnavailableError("down"));
  EXPECT_FALSE(nodes.Get("vm-1").ok());
  EXPECT_EQ(client.deadline, clock_.Now() + absl::Seconds(5));
  EXPECT_TRUE(nodes.Get("vm-1").ok());
  EXPECT_EQ(client.deadline, clock_.Now() + absl::Seconds(5));
  EXPECT_TRUE(nodes.Get("vm-1").ok());
  EXPECT_EQ(client.deadline, clock_.Now() + absl::Seconds(15));
  EXPECT_TRUE(nodes.List().ok());
  EXPECT_EQ(client.deadline, context.deadline);
}

}  // namespace
}  // namespace evroc::shim
