#include "shim/cache/conditions.h"

#include <string>

#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

const absl::Time kThen = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kNow = kThen + absl::Minutes(5);

TEST(ConditionsTest, TransitionTimeMovesWithTheStatusOnly) {
  Conditions conditions;
  conditions.Set("Ready", ConditionStatus::kFalse, "Creating", "a", 1, kThen);
  conditions.Set("Ready", ConditionStatus::kFalse, "Attaching", "b", 2, kNow);
  EXPECT_EQ(conditions.Find("Ready")->last_transition, "2023-11-14T22:13:20Z");
  EXPECT_EQ(conditions.Find("Ready")->reason, "Attaching");
  EXPECT_EQ(conditions.Find("Ready")->observed_generation, 2);
  conditions.Set("Ready", ConditionStatus::kTrue, "Ready", "", 2, kNow);
  EXPECT_EQ(conditions.Find("Ready")->last_transition, "2023-11-14T22:18:20Z");
}

TEST(ConditionsTest, AStatusThatWasSetInBetweenIsNoTransition) {
  Conditions before;
  before.Set("Ready", ConditionStatus::kFalse, "Blocked", "", 1, kThen);
  before.Set("VMReady", ConditionStatus::kTrue, "Available", "", 1, kThen);
  Conditions after = before;
  after.Set("Ready", ConditionStatus::kTrue, "Ready", "", 1, kNow);
  after.Set("Ready", ConditionStatus::kFalse, "Blocked", "", 1, kNow);
  after.KeepTransitions(before);
  EXPECT_EQ(after, before);
  after.Set("VMReady", ConditionStatus::kFalse, "Lost", "", 1, kNow);
  after.KeepTransitions(before);
  EXPECT_EQ(after.Find("VMReady")->last_transition, "2023-11-14T22:18:20Z");
}

TEST(ConditionsTest, EncodedConditionsDecodeToTheSame) {
  Conditions conditions;
  conditions.Set("Ready", ConditionStatus::kUnknown, "Asking", "who", 3, kNow);
  conditions.Set("Paused", ConditionStatus::kFalse, "NotPaused", "", 0, kNow);
  EXPECT_EQ(Conditions::Decode(conditions.Encode()), conditions);
  conditions.Remove("Ready");
  EXPECT_EQ(conditions.Find("Ready"), nullptr);
  EXPECT_EQ(conditions.ReasonOf("Ready"), "");
  EXPECT_EQ(conditions.ReasonOf("Paused"), "NotPaused");
}

// The official provider has stored conditions without these members. All of the
// list is written with the first change.
TEST(ConditionsTest, StoredConditionsBecomeLegal) {
  const auto stored = Json::Parse(R"([
      {"type": "Ready", "status": "True", "severity": "Info"}])");
  Conditions conditions = Conditions::Decode(*stored);
  conditions.Set("Paused", ConditionStatus::kTrue, "Paused", "", 1, kNow);
  const Json written = conditions.Encode();
  const JsonView first = written.view()[size_t{0}];
  EXPECT_EQ(first["reason"].String(), "Unspecified");
  EXPECT_EQ(first["lastTransitionTime"].String(), "1970-01-01T00:00:00Z");
  EXPECT_FALSE(first["severity"].exists());
}

TEST(ConditionsTest, OnlyTheOfficialProvidersOwnConditionsAreLeftOut) {
  const auto stored = Json::Parse(R"([
      {"type": "LoadBalancerReady", "status": "False"},
      {"type": "PublicIPReady", "status": "False"},
      {"type": "example.com/LoadBalancerReady", "status": "True"},
      {"type": "Backup", "status": "True"}])");
  const Conditions conditions = Conditions::Decode(*stored);
  EXPECT_EQ(conditions.Find("LoadBalancerReady"), nullptr);
  EXPECT_EQ(conditions.Encode().view().size(), 3);
  EXPECT_NE(conditions.Find("PublicIPReady"), nullptr);
  EXPECT_TRUE(conditions.IsTrue("example.com/LoadBalancerReady"));
  EXPECT_TRUE(conditions.IsTrue("Backup"));
}

TEST(ConditionsTest, IC08ReasonsAndMessagesBecomeLegal) {
  Conditions conditions;
  const auto reason_of = [&](absl::string_view reason) {
    conditions.Set("Ready", ConditionStatus::kFalse, reason, "", 1, kNow);
    return conditions.Find("Ready")->reason;
  };
  EXPECT_EQ(reason_of(""), "Unspecified");
  EXPECT_EQ(reason_of("Disk image: downloading!"), "Diskimagedownloading");
  EXPECT_EQ(reason_of("404NotFound"), "Unspecified404NotFound");
  EXPECT_EQ(reason_of("__A_b_"), "A_b");
  const std::string umlauts = [] {
    std::string text;
    while (text.size() < 5000) text += "ä";
    return text;
  }();
  conditions.Set("Ready", ConditionStatus::kFalse, "Long", "x" + umlauts, 1,
                 kNow);
  const std::string message = conditions.Find("Ready")->message;
  EXPECT_EQ(message.size(), 4095);
  EXPECT_EQ(message.substr(4093), "ä");
}

}  // namespace
}  // namespace evroc::shim
