#include "shim/rpc/scope.h"

#include "gtest/gtest.h"
#include "shim/rpc/testing/desired_resources.h"

namespace evroc::shim {
namespace {

TEST(ScopeTest, TheKeyTellsScopesApart) {
  EXPECT_EQ(Scope(TestScope("a")).key(), Scope(TestScope("a")).key());
  EXPECT_NE(Scope(TestScope("a")).key(), Scope(TestScope("b")).key());
  common::v1::CloudScope elsewhere = TestScope("a");
  elsewhere.set_project("another");
  EXPECT_NE(Scope(TestScope("a")).key(), Scope(elsewhere).key());
}

TEST(ScopeTest, TheSamePlaceWithAnotherCredential) {
  EXPECT_TRUE(SamePlace(Scope(TestScope("a")), Scope(TestScope("b"))));
  common::v1::CloudScope elsewhere = TestScope("a");
  elsewhere.mutable_endpoints()->set_api_base_url("https://other");
  EXPECT_FALSE(SamePlace(Scope(TestScope("a")), Scope(elsewhere)));
}

}  // namespace
}  // namespace evroc::shim
