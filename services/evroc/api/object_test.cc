#include "services/evroc/api/object.h"

#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

TEST(LabelOfTest, IsTheValueOrEmpty) {
  const Labels labels = {{"role", "worker"}, {"part", ""}};
  EXPECT_EQ(LabelOf(labels, "role"), "worker");
  EXPECT_EQ(LabelOf(labels, "part"), "");
  EXPECT_EQ(LabelOf(labels, "Role"), "");
}

TEST(FindConditionTest, FindsTheConditionOfThatType) {
  const Conditions conditions = {{.type = "VMIsRunning", .reason = "Up"},
                                 {.type = "Ready", .reason = "Creating"}};
  const Condition* found = FindCondition(conditions, "Ready");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->reason, "Creating");
  EXPECT_EQ(FindCondition(conditions, "ready"), nullptr);
}

TEST(IsReadyTest, OnlyATrueReadyConditionIsReady) {
  EXPECT_FALSE(IsReady({}));
  EXPECT_FALSE(IsReady({{.type = "Ready"}}));
  EXPECT_FALSE(IsReady({{.type = "Ready", .status = ConditionStatus::kFalse}}));
  EXPECT_FALSE(
      IsReady({{.type = "VMIsRunning", .status = ConditionStatus::kTrue}}));
  EXPECT_TRUE(IsReady({{.type = "Ready", .status = ConditionStatus::kTrue}}));
}

}  // namespace
}  // namespace evroc::cloud
