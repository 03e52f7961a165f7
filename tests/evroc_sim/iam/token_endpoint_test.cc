#include "tests/evroc_sim/iam/token_endpoint.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/jwt.h"
#include "common/http/url.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/iam/principal.h"

namespace evroc::sim {
namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

const RsaKey& SigningKey() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

const RsaKey& AccountKey() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

class TokenEndpointTest : public testing::Test {
 protected:
  TokenEndpointTest() {
    endpoint_.set_listener("http", 8080);
    accounts_.AddUser("ada", "secret");
    accounts_.PutServiceAccount("p", "robot", true);
    accounts_.PutCredential("robot_p", "k",
                            {AccountKey(), clock_.Now() + absl::Hours(24)});
  }

  Response Post(const Form& form, const std::string& basic = "") {
    Request request{.method = "POST", .path = std::string(kTokenPath)};
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Host", "127.0.0.1:8080"}};
    if (!basic.empty()) {
      request.headers.emplace_back(
          "Authorization", absl::StrCat("Basic ", absl::Base64Escape(basic)));
    }
    request.body = EncodeForm(form);
    return endpoint_.Handle(request);
  }

  Json Claims() const {
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    return Json::Object(
        {{"jti", "0123"},
         {"iss", "robot_p"},
         {"sub", "robot_p"},
         {"aud", absl::StrCat("http://127.0.0.1:8080", kTokenPath)},
         {"iat", now},
         {"nbf", now},
         {"exp", now + 300}});
  }

  Response Assert(const Json& claims, const RsaKey& key = AccountKey()) {
    return Post({{"grant_type", "client_credentials"},
                 {"client_assertion_type",
                  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                 {"client_assertion", *SignJwt(key, claims)},
                 {"client_id", "robot_p"}});
  }

  static std::string Field(const Response& response, const char* name) {
    return std::string((*Json::Parse(response.body))[name].String());
  }

  FakeClock clock_;
  Cloud cloud_{{}, clock_};
  Accounts accounts_;
  TokenIssuer issuer_{SigningKey(), clock_};
  TokenEndpoint endpoint_{cloud_, accounts_, issuer_, clock_};
};

TEST_F(TokenEndpointTest, TakesTheClientIdByBasicOrByForm) {
  const Form grant = {{"grant_type", "password"},
                      {"username", "ada"},
                      {"password", "secret"},
                      {"scope", "openid offline_access"}};
  const Response basic = Post(grant, "evroc-cli:");
  EXPECT_EQ(basic.status, 200);
  EXPECT_EQ((*Json::Parse(basic.body))["expires_in"].Integer(), 300);
  EXPECT_TRUE(issuer_.Check(Field(basic, "access_token")).ok());
  Form form = grant;
  form.emplace_back("client_id", "evroc-cli");
  EXPECT_EQ(Post(form).status, 200);
  EXPECT_EQ(Post(grant).status, 401);
  EXPECT_EQ(Field(Post(grant, "stranger:"), "error"), "invalid_client");
}

TEST_F(TokenEndpointTest, RefusesAWrongPassword) {
  const Response response = Post({{"grant_type", "password"},
                                  {"username", "ada"},
                                  {"password", "guess"},
                                  {"client_id", "evroc-cli"}});
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(Field(response, "error"), "invalid_grant");
}

TEST_F(TokenEndpointTest, RefreshesWithAndWithoutRotation) {
  const std::string token = accounts_.IssueRefreshToken("ada");
  const Form form = {{"grant_type", "refresh_token"},
                     {"refresh_token", token},
                     {"client_id", "evroc-cli"}};
  EXPECT_EQ(Field(Post(form), "refresh_token"), token);
  ASSERT_TRUE(cloud_
                  .UpdateSettings(*Json::Parse(
                      R"({"choices": {"rotate_refresh_token": "yes"}})"))
                  .ok());
  const std::string next = Field(Post(form), "refresh_token");
  EXPECT_NE(next, token);
  // The old one stays usable (evroc-api.md B.2.2).
  EXPECT_EQ(Post(form).status, 200);
  EXPECT_EQ(Post({{"grant_type", "refresh_token"},
                  {"refresh_token", "cheese"},
                  {"client_id", "evroc-cli"}})
                .status,
            400);
}

TEST_F(TokenEndpointTest, AServiceAccountGetsATokenForItsProject) {
  const Response response = Assert(Claims());
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Field(response, "refresh_token"), "");
  const auto identity = issuer_.Check(Field(response, "access_token"));
  EXPECT_EQ(identity->project, "p");
  EXPECT_EQ(identity->principal, ServiceAccountPrincipal("p", "robot"));
}

TEST_F(TokenEndpointTest, AUsersTokenNamesItsPrincipal) {
  const Response response = Post({{"grant_type", "password"},
                                  {"username", "ada"},
                                  {"password", "secret"},
                                  {"client_id", "evroc-cli"}});
  const auto identity = issuer_.Check(Field(response, "access_token"));
  EXPECT_EQ(identity->principal, accounts_.IdentityOf("ada").principal);
  EXPECT_TRUE(RoleBindingIdOf(identity->principal).ok());
}

TEST_F(TokenEndpointTest, ACredentialSetsTheLifeOfItsTokens) {
  accounts_.PutCredential(
      "robot_p", "k",
      {AccountKey(), clock_.Now() + absl::Hours(24), absl::Seconds(60)});
  const Response response = Assert(Claims());
  EXPECT_EQ((*Json::Parse(response.body))["expires_in"].Integer(), 60);
  clock_.Advance(absl::Seconds(61));
  EXPECT_FALSE(issuer_.Check(Field(response, "access_token")).ok());
}

TEST_F(TokenEndpointTest, ACredentialNeedsItsAccount) {
  accounts_.RemoveServiceAccount("robot_p");
  accounts_.PutCredential("robot_p", "k",
                          {AccountKey(), clock_.Now() + absl::Hours(24)});
  EXPECT_EQ(Assert(Claims()).status, 401);
}

TEST_F(TokenEndpointTest, AnAudienceMayUseAnyNameOfTheListener) {
  Json claims = Claims();
  claims.Set("aud", absl::StrCat("http://localhost:8080", kTokenPath));
  EXPECT_EQ(Assert(claims).status, 200);
}

TEST_F(TokenEndpointTest, ChecksEveryClaimOfAnAssertion) {
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  const std::pair<const char*, Json> bad[] = {
      {"iss", "other_p"},
      {"sub", "other_p"},
      {"aud", "http://elsewhere:9/realms/evroc-customer"},
      {"exp", now - 1},
      {"exp", now + 86400},
      {"nbf", now + 3600},
      {"jti", ""}};
  for (const auto& [name, value] : bad) {
    Json claims = Claims();
    claims.Set(name, value);
    const Response response = Assert(claims);
    EXPECT_EQ(response.status, 401) << name;
    EXPECT_EQ(Field(response, "error"), "invalid_client") << name;
  }
  EXPECT_EQ(Assert(Claims(), SigningKey()).status, 401);
}

TEST_F(TokenEndpointTest, AnAssertionIsGoodOnce) {
  EXPECT_EQ(Assert(Claims()).status, 200);
  EXPECT_EQ(Assert(Claims()).status, 401);
}

TEST_F(TokenEndpointTest, DisabledAndExpiredAccountsStayOut) {
  accounts_.PutServiceAccount("p", "robot", false);
  EXPECT_EQ(Assert(Claims()).status, 401);
  accounts_.PutServiceAccount("p", "robot", true);
  clock_.Advance(absl::Hours(25));
  EXPECT_EQ(Assert(Claims()).status, 401);
}

TEST_F(TokenEndpointTest, AccountsSurviveARestart) {
  const std::string token = accounts_.IssueRefreshToken("ada");
  Accounts again;
  ASSERT_TRUE(again.LoadState(accounts_.SaveState()).ok());
  EXPECT_TRUE(again.CheckRefreshToken(token).ok());
  EXPECT_EQ(again.SaveState(), accounts_.SaveState());
}

TEST_F(TokenEndpointTest, DescribesItself) {
  Request request{
      .method = "GET",
      .path = absl::StrCat(kRealm, "/.well-known/openid-configuration")};
  request.headers = {{"Host", "h:1"}};
  EXPECT_EQ(Field(endpoint_.Handle(request), "token_endpoint"),
            absl::StrCat("http://h:1", kTokenPath));
}

}  // namespace
}  // namespace evroc::sim
