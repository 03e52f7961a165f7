#include "shim/cache/credential_secret.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Values = std::map<std::string, std::string>;

Json DataOf(const Values& values) {
  Json data = Json::Object();
  for (const auto& [key, value] : values) {
    data.Set(key, absl::Base64Escape(value));
  }
  return data;
}

absl::StatusOr<SecretCredential> Decode(const Values& values) {
  return DecodeCredential(DataOf(values));
}

TEST(CredentialSecretTest, AConfigIsPassedOnAsItIs) {
  const auto credential = Decode({{"config", " a: b\n"}});
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->form, CredentialForm::kConfig);
  EXPECT_EQ(CredentialText(*credential, "p"), " a: b\n");
}

TEST(CredentialSecretTest, AServiceAccountBecomesTheConfigurationOfTheSdk) {
  const auto credential = Decode({{"serviceAccountID", "robot"},
                                  {"serviceAccountSecret", "a2V5"},
                                  {"organization", "org"}});
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->form, CredentialForm::kServiceAccount);
  EXPECT_EQ(CredentialText(*credential, "p"),
            R"({"auth":{"service_account_id":"robot",)"
            R"("service_account_secret":"a2V5"},)"
            R"("context":{"project":"p","organization":"org"}})");
}

TEST(CredentialSecretTest, TheOrganizationAndOtherKeysDontMatter) {
  const auto credential = Decode({{"serviceAccountID", "robot"},
                                  {"serviceAccountSecret", "a2V5"},
                                  {"project", "another"},
                                  {"region", "another"}});
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(CredentialText(*credential, "p"),
            R"({"auth":{"service_account_id":"robot",)"
            R"("service_account_secret":"a2V5"},"context":{"project":"p"}})");
}

TEST(CredentialSecretTest, WhiteSpaceAroundAMemberIsNoPartOfIt) {
  const auto credential = Decode({{"serviceAccountID", "robot\n"},
                                  {"serviceAccountSecret", "a2V5\nbGV0\r\n"},
                                  {"organization", " org \n"}});
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->service_account_id, "robot");
  EXPECT_EQ(credential->service_account_secret, "a2V5\nbGV0");
  EXPECT_EQ(credential->organization, "org");
}

TEST(CredentialSecretTest, AServiceAccountTakesPrecedenceOverAConfig) {
  Values values{{"config", "a: b"},
                {"serviceAccountID", "robot"},
                {"serviceAccountSecret", "a2V5"}};
  EXPECT_EQ(Decode(values)->form, CredentialForm::kServiceAccount);
  // Half of one is a mistake, and no reason to be somebody else.
  values.erase("serviceAccountSecret");
  EXPECT_THAT(Decode(values).status().message(),
              HasSubstr("no key \"serviceAccountSecret\""));
  // An organization alone is no service account.
  values.erase("serviceAccountID");
  values["organization"] = "org";
  EXPECT_EQ(Decode(values)->form, CredentialForm::kConfig);
}

TEST(CredentialSecretTest, NamesTheKeyAndNeverTheValue) {
  constexpr char kId[] = "serviceAccountID";
  constexpr char kSecret[] = "serviceAccountSecret";
  const struct {
    Values values;
    const char* named;
  } cases[] = {
      {{}, "no key \"config\""},
      {{}, R"("serviceAccountID" and "serviceAccountSecret")"},
      {{{"value", "s3cr3t"}}, "no key \"config\""},
      {{{"config", ""}}, "no key \"config\""},
      {{{kSecret, "s3cr3t"}}, "no key \"serviceAccountID\""},
      {{{kId, "s3cr3t"}}, "no key \"serviceAccountSecret\""},
      {{{kId, " \n"}, {kSecret, "s3cr3t"}}, "no key \"serviceAccountID\""},
      {{{kId, "robot"}, {kSecret, "\n"}}, "no key \"serviceAccountSecret\""},
      {{{kId, "s3cr3t s3cr3t"}, {kSecret, "x"}}, "key \"serviceAccountID\""},
      {{{kId, "s3cr3t\xff"}, {kSecret, "x"}}, "key \"serviceAccountID\""},
      {{{kId, "robot"}, {kSecret, "s3cr3t\xff"}},
       "key \"serviceAccountSecret\""},
      {{{kId, "robot"}, {kSecret, "x"}, {"organization", "s3cr3t\xff"}},
       "key \"organization\""},
  };
  for (const auto& [values, named] : cases) {
    const absl::Status status = Decode(values).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << named;
    EXPECT_THAT(status.message(),
                AllOf(HasSubstr(named), Not(HasSubstr("s3cr3t"))));
  }
}

TEST(CredentialSecretTest, NamesAKeyThatIsNotBase64) {
  for (const char* key :
       {"config", "serviceAccountID", "serviceAccountSecret", "organization"}) {
    Json data = Json::Object();
    if (key != std::string("config")) {
      data = DataOf(
          {{"serviceAccountID", "robot"}, {"serviceAccountSecret", "a2V5"}});
    }
    data.Set(key, "%s3cr3t");
    const absl::Status status = DecodeCredential(data).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(),
              absl::StrCat("has a key \"", key, "\" that is not base64"));
  }
}

}  // namespace
}  // namespace evroc::shim
