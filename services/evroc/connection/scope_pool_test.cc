#include "services/evroc/connection/scope_pool.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

constexpr char kProfile[] =
    "formatVersion: v1\ncurrentProfile: a\nprofiles:\n  a:\n"
    "    project: p\n    user: {refreshToken: t}\n";

struct State {
  std::string project;
};

class ScopePoolTest : public testing::Test {
 protected:
  ScopePoolTest() { std::ofstream(testing::TempDir() + "/mine") << kProfile; }

  static std::shared_ptr<Connection> Dial(const Target& target) {
    auto connection = std::make_shared<Connection>();
    connection->project = target.project;
    return connection;
  }

  static std::string FieldOf(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? ""
                                            : details.field_violations[0].field;
  }

  absl::StatusOr<std::shared_ptr<State>> Find(const std::string& tenant,
                                              const std::string& project) {
    return pool_.Find({.credential_content = kProfile,
                       .spec = {.project = project},
                       .tenant = tenant});
  }

  FakeClock clock_;
  ScopePool<State> pool_{
      ScopeResolver(CredentialFiles(testing::TempDir()), {}),
      [](const std::string& /*key*/, const Target& target) {
        return Dial(target);
      },
      [](const std::shared_ptr<Connection>& connection) {
        return std::make_shared<State>(State{connection->project});
      },
      {.max_scopes = 27, .idle_time = absl::Minutes(10)},
      clock_};
};

TEST_F(ScopePoolTest, SameScopeSameState) {
  const auto by_default = pool_.Find({.credential_content = kProfile});
  const auto by_name =
      pool_.Find({.credential_content = kProfile, .spec = {.project = "p"}});
  const auto other =
      pool_.Find({.credential_content = kProfile, .spec = {.project = "q"}});
  ASSERT_TRUE(by_default.ok()) << by_default.status();
  ASSERT_TRUE(by_name.ok() && other.ok());
  EXPECT_EQ(*by_default, *by_name);
  EXPECT_NE(*by_default, *other);
  EXPECT_EQ((*other)->project, "q");
}

// What the cloud refused an account counts for no other one of the project.
TEST_F(ScopePoolTest, AnotherCredentialIsAnotherScope) {
  std::string another = kProfile;
  absl::StrAppend(&another, "\n");
  const auto before = pool_.Find({.credential_content = kProfile});
  const auto after = pool_.Find({.credential_content = another});
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_NE(*before, *after);
}

TEST_F(ScopePoolTest, DropsIdleScopes) {
  const auto held = Find("", "p");
  ASSERT_TRUE(Find("", "q").ok());
  clock_.Advance(absl::Minutes(11));
  EXPECT_TRUE(Find("", "r").ok());
  EXPECT_EQ(pool_.size(), 2);
  EXPECT_EQ(*Find("", "p"), *held);
}

// One that has a new credential every few seconds leaves room for the others.
TEST_F(ScopePoolTest, ATenantHasItsShareAndGivesUpItsOwn) {
  const auto good = Find("good", "good");
  const State* const idle = Find("idle", "idle")->get();
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(Find("hostile", absl::StrCat("p", i)).ok());
  }
  EXPECT_EQ(pool_.size(), 5);
  EXPECT_TRUE(Find("new", "new").ok());
  EXPECT_EQ(Find("idle", "idle")->get(), idle);
  EXPECT_EQ(*Find("good", "good"), *good);
}

TEST_F(ScopePoolTest, WhatATenantUsesIsBoundedAndNotTakenAway) {
  std::vector<std::shared_ptr<State>> used;
  used.reserve(3);
  for (int i = 0; i < 3; ++i) {
    used.push_back(*Find("hostile", absl::StrCat("p", i)));
  }
  const absl::Status refused = Find("hostile", "p3").status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_TRUE(Find("new", "new").ok());
  EXPECT_EQ(*Find("hostile", "p0"), used[0]);
  used.pop_back();
  EXPECT_TRUE(Find("hostile", "p3").ok());
}

TEST_F(ScopePoolTest, TakesANamedCredential) {
  EXPECT_TRUE(pool_.Find({.credential_name = "mine"}).ok());
  for (const char* name : {"none", "../mine", ".", "a/b"}) {
    EXPECT_EQ(FieldOf(pool_.Find({.credential_name = name}).status()),
              "scope.credentials.name")
        << name;
  }
}

TEST_F(ScopePoolTest, KeepsANamedCredentialFromOtherServers) {
  const ScopeRequest request{
      .credential_name = "mine",
      .spec = {.endpoints = {.api_base_url = "https://evil"}}};
  EXPECT_EQ(FieldOf(pool_.Find(request).status()), "scope.endpoints");
}

TEST_F(ScopePoolTest, RefusesNoCredentialAndOnesThatAreTooLarge) {
  EXPECT_EQ(FieldOf(pool_.Find({}).status()), "scope.credentials");
  const ScopeRequest large{.credential_content = std::string(
                               ScopeResolver::kMaxCredentialBytes + 1, 'x')};
  EXPECT_EQ(FieldOf(pool_.Find(large).status()), "scope.credentials.content");
}

}  // namespace
}  // namespace evroc::cloud
