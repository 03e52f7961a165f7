#include "shim/node/cluster_failure.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using Phase = NodeState::Phase;
using Code = absl::StatusCode;

TEST(ClusterFailureTest, WhatTheWayInSaysOfTheMachine) {
  const struct {
    Code code;
    Phase phase;
    const char* reason;
    const char* words;
  } kCases[] = {
      {Code::kNotFound, Phase::kPending, kNodeNoKubeconfig, "not exist yet"},
      {Code::kInvalidArgument, Phase::kFailed, kNodeBadKubeconfig, "why"},
      {Code::kUnavailable, Phase::kPending, kNodeNoKubeconfig, "why"},
      {Code::kPermissionDenied, Phase::kPending, kNodeNoKubeconfig, "why"},
  };
  for (const auto& expected : kCases) {
    const NodeState state =
        StateWithoutAccess(absl::Status(expected.code, "why"), {"ns", "c"});
    EXPECT_EQ(state.phase, expected.phase);
    EXPECT_EQ(state.reason, expected.reason);
    EXPECT_THAT(state.message, HasSubstr(expected.words));
  }
}

TEST(ClusterFailureTest, WhatTheWorkloadClusterSaysOfTheMachine) {
  const struct {
    Code code;
    Phase phase;
    const char* reason;
    const char* words;
  } kCases[] = {
      {Code::kUnauthenticated, Phase::kFailed, kNodeAccessRefused, "why"},
      {Code::kPermissionDenied, Phase::kFailed, kNodeAccessRefused, "why"},
      {Code::kInvalidArgument, Phase::kFailed, kNodeBadKubeconfig, "why"},
      {Code::kDeadlineExceeded, Phase::kPending, kNodeUnreachable, "in time"},
      {Code::kCancelled, Phase::kPending, kNodeUnreachable, "in time"},
      {Code::kUnavailable, Phase::kPending, kNodeUnreachable, "why"},
      {Code::kInternal, Phase::kPending, kNodeUnreachable, "why"},
  };
  for (const auto& expected : kCases) {
    const NodeState state =
        StateAfterRefusal(absl::Status(expected.code, "why"));
    EXPECT_EQ(state.phase, expected.phase);
    EXPECT_EQ(state.reason, expected.reason);
    EXPECT_THAT(state.message, HasSubstr(expected.words));
  }
}

TEST(ClusterFailureTest, SomeRefusalsConcernOneNodeOnly) {
  EXPECT_TRUE(ConcernsOneNode(absl::InvalidArgumentError("")));
  EXPECT_TRUE(ConcernsOneNode(absl::PermissionDeniedError("")));
  EXPECT_FALSE(ConcernsOneNode(absl::UnavailableError("")));
  EXPECT_FALSE(ConcernsOneNode(absl::UnauthenticatedError("")));
  EXPECT_FALSE(ConcernsOneNode(absl::CancelledError("")));
}

TEST(ClusterFailureTest, AnUnknownPathIsMissingEvenIfTheServerSaysItItsOwnWay) {
  EXPECT_TRUE(IsMissing(absl::NotFoundError("")));
  EXPECT_TRUE(IsMissing(MakeError(Code::kUnavailable, "404 page not found",
                                  {.metadata = {{"http_status", "404"}}})));
  EXPECT_FALSE(IsMissing(MakeError(Code::kUnavailable, "",
                                   {.metadata = {{"http_status", "503"}}})));
  EXPECT_FALSE(IsMissing(absl::UnavailableError("")));
  EXPECT_FALSE(IsMissing(absl::OkStatus()));
}

}  // namespace
}  // namespace evroc::shim
