#include "services/evroc/connection/scope_pool.h"

#include <cstdio>
#include <fstream>

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

  FakeClock clock_;
  ScopePool<State> pool_{
      ScopeResolver(CredentialFiles(testing::TempDir()), {}),
      [](const std::string& /*key*/, const Target& target) {
        return Dial(target);
      },
      [](const std::shared_ptr<Connection>& connection) {
        return std::make_shared<State>(State{connection->project});
      },
      {.max_scopes = 2, .idle_time = absl::Minutes(10)},
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

TEST_F(ScopePoolTest, DropsIdleScopesAndBoundsTheRest) {
  for (const char* project : {"p", "q"}) {
    ASSERT_TRUE(pool_
                    .Find({.credential_content = kProfile,
                           .spec = {.project = project}})
                    .ok());
  }
  const ScopeRequest third{.credential_content = kProfile,
                           .spec = {.project = "r"}};
  EXPECT_TRUE(absl::IsResourceExhausted(pool_.Find(third).status()));
  const auto held = pool_.Find({.credential_content = kProfile});
  clock_.Advance(absl::Minutes(11));
  EXPECT_TRUE(pool_.Find(third).ok());
  EXPECT_EQ(pool_.size(), 2);
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
