#include "shim/node/node_state.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using Phase = NodeState::Phase;
using Code = absl::StatusCode;

TEST(NodeStateTest, WhatTheWayInSaysOfTheMachine) {
  const struct {
    Code code;
    Phase phase;
    const char* reason;
    const char* words;
  } cases[] = {
      {Code::kNotFound, Phase::kPending, kNodeNoKubeconfig, "not exist yet"},
      {Code::kInvalidArgument, Phase::kFailed, kNodeBadKubeconfig, "why"},
      {Code::kUnavailable, Phase::kPending, kNodeNoKubeconfig, "why"},
      {Code::kPermissionDenied, Phase::kPending, kNodeNoKubeconfig, "why"},
  };
  for (const auto& expected : cases) {
    const NodeState state =
        StateWithoutAccess(absl::Status(expected.code, "why"), {"ns", "c"});
    EXPECT_EQ(state.phase, expected.phase);
    EXPECT_EQ(state.reason, expected.reason);
    EXPECT_THAT(state.message, HasSubstr(expected.words));
  }
}

TEST(NodeStateTest, WhatTheWorkloadClusterSaysOfTheMachine) {
  const struct {
    Code code;
    Phase phase;
    const char* reason;
    const char* words;
  } cases[] = {
      {Code::kUnauthenticated, Phase::kFailed, kNodeAccessRefused, "why"},
      {Code::kPermissionDenied, Phase::kFailed, kNodeAccessRefused, "why"},
      {Code::kInvalidArgument, Phase::kFailed, kNodeBadKubeconfig, "why"},
      {Code::kDeadlineExceeded, Phase::kPending, kNodeUnreachable, "in time"},
      {Code::kCancelled, Phase::kPending, kNodeUnreachable, "in time"},
      {Code::kUnavailable, Phase::kPending, kNodeUnreachable, "why"},
      {Code::kInternal, Phase::kPending, kNodeUnreachable, "why"},
  };
  for (const auto& expected : cases) {
    const NodeState state =
        StateAfterRefusal(absl::Status(expected.code, "why"));
    EXPECT_EQ(state.phase, expected.phase);
    EXPECT_EQ(state.reason, expected.reason);
    EXPECT_THAT(state.message, HasSubstr(expected.words));
  }
}

TEST(NodeStateTest, ANodesFaultIsNotItsClusters) {
  EXPECT_TRUE(IsFaultOfNode(NodePatchRefused("n", absl::AbortedError("why"))));
  EXPECT_TRUE(IsFaultOfNode({Phase::kFailed, kNodeAmbiguous, ""}));
  EXPECT_FALSE(IsFaultOfNode({Phase::kFailed, kNodeAccessRefused, ""}));
  EXPECT_FALSE(IsFaultOfNode({Phase::kFailed, kNodeBadKubeconfig, ""}));
  EXPECT_FALSE(IsFaultOfNode(NodeNotFound("vm-1")));
  EXPECT_FALSE(IsFaultOfNode(NodeInitialized("vm-1")));
}

}  // namespace
}  // namespace evroc::shim
