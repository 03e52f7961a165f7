#include "services/evroc/connection/target.h"

#include "common/status/error_details.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

Credential RestCredential() {
  Credential credential;
  credential.api_url = "https://credential";
  credential.token.token_url = "https://credential/token";
  credential.token.client_id = "from-credential";
  credential.project = "p";
  return credential;
}

const Endpoints kFlags = {.api_base_url = "https://flag",
                          .issuer_url = "https://flag/realm"};
constexpr char kTokenPath[] = "/protocol/openid-connect/token";

std::string FieldOf(const absl::StatusOr<Target>& target) {
  const ErrorDetails details = DetailsOf(target.status());
  return details.field_violations.empty() ? ""
                                          : details.field_violations[0].field;
}

TEST(TargetTest, TheRequestCountsBeforeTheCredential) {
  const absl::StatusOr<Target> target =
      ResolveTarget(RestCredential(),
                    {.project = "q",
                     .region = "se-x",
                     .endpoints = {.api_base_url = "https://request",
                                   .issuer_url = "https://request/realm",
                                   .client_id = "from-request"}},
                    kFlags);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->api_url, "https://request");
  EXPECT_EQ(target->credential.token.token_url,
            std::string("https://request/realm") + kTokenPath);
  EXPECT_EQ(target->credential.token.client_id, "from-request");
  EXPECT_EQ(target->project, "q");
  EXPECT_EQ(target->region, "se-x");
}

TEST(TargetTest, TheCredentialCountsBeforeTheFlags) {
  const absl::StatusOr<Target> target =
      ResolveTarget(RestCredential(), {}, kFlags);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->api_url, "https://credential");
  EXPECT_EQ(target->credential.token.token_url, "https://credential/token");
  EXPECT_EQ(target->project, "p");
  EXPECT_EQ(target->region, "se-sto");
}

TEST(TargetTest, FlagsCountBeforeWhatIsBuiltIn) {
  Credential bare;
  bare.project = "p";
  const absl::StatusOr<Target> by_flag = ResolveTarget(bare, {}, kFlags);
  ASSERT_TRUE(by_flag.ok()) << by_flag.status();
  EXPECT_EQ(by_flag->api_url, "https://flag");
  EXPECT_EQ(by_flag->credential.token.token_url,
            std::string("https://flag/realm") + kTokenPath);
  const absl::StatusOr<Target> built_in = ResolveTarget(bare, {}, {});
  ASSERT_TRUE(built_in.ok()) << built_in.status();
  EXPECT_EQ(built_in->api_url, "https://api.evroc.com");
  EXPECT_EQ(built_in->credential.token.token_url,
            std::string("https://authn.iam.evroc.com/realms/evroc-customer") +
                kTokenPath);
}

TEST(TargetTest, AKubeconfigLeadsToTheProjectsWorkspace) {
  Credential kubeconfig;
  kubeconfig.dialect = Dialect::kKcp;
  kubeconfig.api_url = "https://kcp/";
  const absl::StatusOr<Target> target =
      ResolveTarget(kubeconfig, {.project = "org:p"}, kFlags);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->api_url, "https://kcp/clusters/root:org:p");
}

TEST(TargetTest, NoPartOfAWorkspaceLeadsElsewhere) {
  Credential kubeconfig;
  kubeconfig.dialect = Dialect::kKcp;
  kubeconfig.api_url = "https://kcp/";
  for (const char* project : {"org:..", "..:p", "org:."}) {
    EXPECT_EQ(FieldOf(ResolveTarget(kubeconfig, {.project = project}, kFlags)),
              "scope.project")
        << project;
  }
}

TEST(TargetTest, A6AWorkspaceInTheServerIsKept) {
  Credential kubeconfig;
  kubeconfig.dialect = Dialect::kKcp;
  kubeconfig.api_url = "https://kcp/clusters/root:p/";
  const absl::StatusOr<Target> target = ResolveTarget(kubeconfig, {}, {});
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->api_url, "https://kcp/clusters/root:p");
  EXPECT_EQ(target->project, "p");
}

TEST(TargetTest, NamesTheFieldThatIsWrong) {
  Credential nowhere = RestCredential();
  nowhere.project.clear();
  EXPECT_EQ(FieldOf(ResolveTarget(nowhere, {}, {})), "scope.project");
  EXPECT_EQ(FieldOf(ResolveTarget(RestCredential(), {.project = "a/b"}, {})),
            "scope.project");
  EXPECT_EQ(FieldOf(ResolveTarget(RestCredential(), {.region = "a?b"}, {})),
            "scope.region");
  for (const char* elsewhere : {".", ".."}) {
    EXPECT_EQ(
        FieldOf(ResolveTarget(RestCredential(), {.project = elsewhere}, {})),
        "scope.project");
    EXPECT_EQ(
        FieldOf(ResolveTarget(RestCredential(), {.region = elsewhere}, {})),
        "scope.region");
  }
  EXPECT_EQ(
      FieldOf(ResolveTarget(RestCredential(),
                            {.endpoints = {.api_base_url = "ftp://x"}}, {})),
      "scope.endpoints.api_base_url");
  EXPECT_EQ(FieldOf(ResolveTarget(RestCredential(),
                                  {.endpoints = {.issuer_url = "x"}}, {})),
            "scope.endpoints.issuer_url");
}

}  // namespace
}  // namespace evroc::cloud
