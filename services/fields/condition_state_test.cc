#include "services/fields/condition_state.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

TEST(ConditionStateTest, FollowsFromDeletionAndTheReadyCondition) {
  using enum ConditionStatus;
  const struct {
    const char* name;
    bool deleting;
    Conditions conditions;
    bool holds;
    const char* reason;
    const char* message;
  } cases[] = {
      {"no condition", false, {}, true, "Available", ""},
      {"another condition",
       false,
       {{.type = "Synced", .status = kFalse, .reason = "Broken"}},
       true,
       "Available",
       ""},
      {"true",
       false,
       {{.type = "Ready", .status = kTrue, .reason = "Up", .message = "fine"}},
       true,
       "Available",
       ""},
      {"false",
       false,
       {{.type = "Ready",
         .status = kFalse,
         .reason = "QuotaExceeded",
         .message = "no room"}},
       false,
       "QuotaExceeded",
       "the thing is not ready: no room"},
      {"unknown",
       false,
       {{.type = "Ready", .status = kUnknown, .reason = "Creating"}},
       false,
       "Creating",
       "the thing is not ready"},
      {"without a reason",
       false,
       {{.type = "Ready", .status = kFalse}},
       false,
       "NotReady",
       "the thing is not ready"},
      {"deleting",
       true,
       {{.type = "Ready", .status = kTrue}},
       false,
       "Deleting",
       "the thing is being deleted"},
  };
  for (const auto& each : cases) {
    const ConditionState state =
        StateOf(each.deleting, each.conditions, "the thing");
    EXPECT_EQ(state.holds, each.holds) << each.name;
    EXPECT_EQ(state.reason, each.reason) << each.name;
    EXPECT_EQ(state.message, each.message) << each.name;
    EXPECT_FALSE(state.hopeless) << each.name;
  }
}

TEST(ConditionStateTest, BecomesAConditionOfBoundedSize) {
  const common::v1::Condition good = MakeCondition("VMReady", {});
  EXPECT_EQ(good.type(), "VMReady");
  EXPECT_EQ(good.status(), common::v1::Condition::STATUS_TRUE);
  EXPECT_EQ(good.reason(), "Available");
  EXPECT_EQ(good.message(), "");
  const common::v1::Condition bad = MakeCondition(
      "Ready",
      {.holds = false, .reason = "Lost", .message = std::string(5000, 'x')});
  EXPECT_EQ(bad.status(), common::v1::Condition::STATUS_FALSE);
  EXPECT_EQ(bad.reason(), "Lost");
  EXPECT_EQ(bad.message(), std::string(4096, 'x'));
}

TEST(AddTest, WhatKeepsFromUseComesFirstThenWhatDoesNotHold) {
  const ConditionState good;
  const ConditionState drift = {
      .holds = false, .reason = "Drift", .usable = true};
  const ConditionState bad = {.holds = false, .reason = "Bad"};
  const ConditionState worse = {.holds = false, .reason = "Worse"};
  const auto sum_of = [](const std::vector<ConditionState>& states) {
    ConditionState sum;
    for (const ConditionState& state : states) Add(state, sum);
    return sum.holds ? "good" : sum.reason;
  };
  EXPECT_EQ(sum_of({good, good}), "good");
  EXPECT_EQ(sum_of({good, drift, good}), "Drift");
  EXPECT_EQ(sum_of({drift, bad}), "Bad");
  EXPECT_EQ(sum_of({bad, drift}), "Bad");
  EXPECT_EQ(sum_of({bad, worse}), "Bad");
}

}  // namespace
}  // namespace evroc::cloud
