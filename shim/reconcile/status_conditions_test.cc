#include "shim/reconcile/status_conditions.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kStaleAfter = absl::Minutes(5);

std::string StateOf(const Conditions& conditions, absl::string_view type) {
  const KubeCondition* found = conditions.Find(type);
  if (found == nullptr) return "";
  const char* status = found->status == ConditionStatus::kTrue    ? "True/"
                       : found->status == ConditionStatus::kFalse ? "False/"
                                                                  : "Unknown/";
  return absl::StrCat(status, found->reason.str());
}

ReconcileError Error(const std::string& reason, bool transient = false) {
  return {.reason = reason,
          .message = "words",
          .transient = transient,
          .cause = absl::InvalidArgumentError("x")};
}

CloudContact Away(const std::string& message) {
  return {.failing_since = kNow,
          .stale_at = kNow + kStaleAfter,
          .message = message};
}

TEST(StatusConditionsTest, ARefusalOfTheSpecSaysNothingOfTheCredential) {
  Conditions conditions;
  SetRefused(Error("InvalidConfiguration"), 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "False/InvalidConfiguration");
  EXPECT_EQ(StateOf(conditions, kCredentialsReady), "");
  ReconcileError answered = Error("QuotaExceeded");
  answered.answered = true;
  SetRefused(answered, 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "False/QuotaExceeded");
  EXPECT_EQ(StateOf(conditions, kCredentialsReady), "True/Accepted");
}

TEST(StatusConditionsTest, ARefusedCredentialLeavesOpenWhetherTheSpecIsHad) {
  Conditions conditions;
  SetApplied(1, kNow, conditions);
  SetRefused(Error("PermissionDenied"), 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kCredentialsReady), "False/PermissionDenied");
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "Unknown/PermissionDenied");
  SetApplied(1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kCredentialsReady), "True/Accepted");
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "True/Applied");
}

TEST(StatusConditionsTest, WithoutAnAnswerOnlyANewSpecIsInDoubt) {
  Conditions conditions;
  SetApplied(1, kNow, conditions);
  const ReconcileError away = Error("CloudUnavailable", /*transient=*/true);
  SetRefused(away, 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "True/Applied");
  SetRefused(away, 2, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "Unknown/CloudUnavailable");
  EXPECT_EQ(StateOf(conditions, kCredentialsReady), "True/Accepted");
}

TEST(StatusConditionsTest, APartThatIsNotAsAskedForIsRepeated) {
  Conditions conditions;
  SetApplied(1, kNow, conditions);
  conditions.Set("A", ConditionStatus::kTrue, "Available", "", 1, kNow);
  SetUnmet({"A", "B"}, 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "True/Applied");
  conditions.Set("B", ConditionStatus::kFalse, "Changed", "why", 1, kNow);
  SetUnmet({"A", "B"}, 1, kNow, conditions);
  EXPECT_EQ(StateOf(conditions, kSpecApplied), "False/Changed");
  EXPECT_EQ(conditions.Find(kSpecApplied)->message.str(), "why");
}

TEST(StatusConditionsTest, ACloudThatIsAwayIsToldInTheWordsOfTheFirstFailure) {
  Conditions conditions;
  const auto look = [&](const CloudContact& contact, absl::Duration later) {
    SetCloudReachable(contact, kNow + later >= contact.stale_at,
                      /*answered=*/true, 1, kNow + later, conditions);
  };
  look({}, absl::ZeroDuration());
  EXPECT_EQ(StateOf(conditions, kCloudReachable), "True/Reachable");
  look(Away("first"), absl::Minutes(4));
  EXPECT_EQ(StateOf(conditions, kCloudReachable), "True/Reachable");
  look(Away("first"), kStaleAfter);
  look(Away("second"), absl::Minutes(6));
  EXPECT_EQ(StateOf(conditions, kCloudReachable), "Unknown/CloudUnreachable");
  EXPECT_THAT(conditions.Find(kCloudReachable)->message.str(),
              HasSubstr("since 2023-11-14T22:13:20Z: first"));
  look({}, absl::Minutes(7));
  EXPECT_EQ(StateOf(conditions, kCloudReachable), "True/Reachable");
}

TEST(StatusConditionsTest, WhatWasNotAskedIsNotCalledReachable) {
  Conditions conditions;
  SetCloudReachable({}, /*is_stale=*/false, /*answered=*/false, 1, kNow,
                    conditions);
  EXPECT_EQ(StateOf(conditions, kCloudReachable), "");
}

TEST(StatusConditionsTest, OnlyAnotherReasonIsWorthAnEvent) {
  Conditions before;
  SetApplied(1, kNow, before);
  Conditions after = before;
  EXPECT_FALSE(IsWorthAnEvent(before, after));
  SetRefused(Error("InvalidConfiguration"), 1, kNow, after);
  EXPECT_TRUE(IsWorthAnEvent(before, after));
  EXPECT_FALSE(IsWorthAnEvent(after, after));
  EXPECT_FALSE(IsWorthAnEvent(after, before));
}

TEST(StatusConditionsTest, WhatServesIsToldByReadyAlone) {
  auto reported = std::make_shared<std::vector<CloudCondition>>();
  reported->push_back({.type = std::string(kServing), .reason = "Serving"});
  reported->push_back({.type = "Ready", .reason = "Ready"});
  Conditions conditions;
  CopyConditions(reported, "NetworkReady", 1, kNow, conditions);
  EXPECT_EQ(conditions.Find(kServing), nullptr);
  EXPECT_NE(conditions.Find("NetworkReady"), nullptr);
}

}  // namespace
}  // namespace evroc::shim
