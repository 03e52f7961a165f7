#include "services/evroc/auth/oauth_token_source.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/crypto/jwt.h"
#include "common/status/error_details.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

constexpr char kTokenUrl[] = "https://issuer/token";

const RsaKey& Key() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

// Returns scripted answers, one after the other, and records the requests.
class RecordingHttpClient : public HttpClient {
 public:
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext&,
                                    const HttpRequest& request,
                                    const BodySink&) override {
    sent.push_back(request);
    const HttpResponse next = answers.front();
    answers.erase(answers.begin());
    return next;
  }

  std::vector<HttpResponse> answers;
  std::vector<HttpRequest> sent;
};

class OAuthTokenSourceTest : public testing::Test {
 protected:
  absl::StatusOr<AccessToken> Fetch(const Grant& grant) {
    OAuthTokenSource source(
        {.grant = grant, .token_url = kTokenUrl, .client_id = "cli"}, http_,
        clock_);
    return source.Fetch({.deadline = clock_.Now()});
  }

  static HttpResponse Token(const std::string& more = "") {
    return {
        .status = 200,
        .body = R"({"access_token": "abc", "expires_in": 300)" + more + "}"};
  }

  FakeClock clock_;
  RecordingHttpClient http_;
};

TEST_F(OAuthTokenSourceTest, SendsARefreshTokenAndKeepsANewOne) {
  http_.answers = {Token(R"(, "refresh_token": "second")"), Token()};
  OAuthTokenSource source({.grant = RefreshTokenGrant{.refresh_token = "first"},
                           .token_url = kTokenUrl,
                           .client_id = "cli"},
                          http_, clock_);
  const auto token = source.Fetch({});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->value, "abc");
  EXPECT_EQ(token->expiry, clock_.Now() + absl::Seconds(300));
  EXPECT_EQ(http_.sent[0].body,
            "grant_type=refresh_token&refresh_token=first&client_id=cli");
  ASSERT_TRUE(source.Fetch({}).ok());
  EXPECT_TRUE(absl::StrContains(http_.sent[1].body, "refresh_token=second"));
}

TEST_F(OAuthTokenSourceTest, SendsAPasswordWithOfflineAccess) {
  http_.answers = {Token(), Token()};
  ASSERT_TRUE(Fetch(PasswordGrant{.username = "a", .password = "p w"}).ok());
  EXPECT_TRUE(absl::StrContains(http_.sent[0].body, "password=p%20w"));
  EXPECT_TRUE(
      absl::StrContains(http_.sent[0].body, "scope=openid%20offline_access"));
  ASSERT_TRUE(
      Fetch(PasswordGrant{.username = "a", .password = "p", .scopes = {"x"}})
          .ok());
  EXPECT_TRUE(
      absl::StrContains(http_.sent[1].body, "scope=x%20offline_access"));
}

TEST_F(OAuthTokenSourceTest, SignsAnAssertionForTheTokenUrl) {
  http_.answers = {Token()};
  ASSERT_TRUE(Fetch(AssertionGrant{Key()}).ok());
  const std::string& body = http_.sent[0].body;
  const size_t start = body.find("client_assertion=") + 17;
  const auto claims =
      VerifyJwt(Key(), body.substr(start, body.find('&', start) - start));
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ((*claims)["aud"].String(), kTokenUrl);
  EXPECT_EQ((*claims)["iss"].String(), "cli");
  EXPECT_EQ((*claims)["jti"].String().size(), 32u);
  EXPECT_EQ((*claims)["exp"].Integer() - (*claims)["iat"].Integer(), 300);
}

TEST_F(OAuthTokenSourceTest, FindsTheTokenUrlByDiscoveryOnce) {
  http_.answers = {
      {.status = 200, .body = R"({"token_endpoint": "https://issuer/t"})"},
      Token(),
      Token()};
  OAuthTokenSource source({.grant = RefreshTokenGrant{.refresh_token = "r"},
                           .issuer_url = "https://issuer/"},
                          http_, clock_);
  ASSERT_TRUE(source.Fetch({}).ok());
  ASSERT_TRUE(source.Fetch({}).ok());
  ASSERT_EQ(http_.sent.size(), 3u);
  EXPECT_EQ(http_.sent[0].url,
            "https://issuer/.well-known/openid-configuration");
  EXPECT_EQ(http_.sent[2].url, "https://issuer/t");
}

struct Answer {
  int status;
  const char* body;
  absl::StatusCode code;
};

class TokenAnswerTest : public testing::TestWithParam<Answer> {};

TEST_P(TokenAnswerTest, BecomesAnErrorThatHoldsNoSecret) {
  std::string refresh_token;
  const auto token =
      ParseTokenResponse({.status = GetParam().status, .body = GetParam().body},
                         FakeClock(), &refresh_token);
  EXPECT_EQ(token.status().code(), GetParam().code);
  EXPECT_FALSE(absl::StrContains(token.status().message(), "SECRET"));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, TokenAnswerTest,
    testing::Values(Answer{400, R"({"error": "invalid_grant"})",
                           absl::StatusCode::kUnauthenticated},
                    Answer{401, R"({"error": "invalid_client",
                        "error_description": "SECRET"})",
                           absl::StatusCode::kUnauthenticated},
                    Answer{401, "<html>SECRET",
                           absl::StatusCode::kUnauthenticated},
                    Answer{400, R"({"error": "SECRET"})",
                           absl::StatusCode::kUnauthenticated},
                    Answer{503, "", absl::StatusCode::kUnavailable},
                    Answer{429, "", absl::StatusCode::kUnavailable},
                    Answer{200, "SECRET", absl::StatusCode::kInternal},
                    Answer{200, "{}", absl::StatusCode::kInternal},
                    Answer{302, "", absl::StatusCode::kInternal}));

TEST(ParseTokenResponseTest, WithoutExpiresInTheTokenItselfSaysWhen) {
  const std::string jwt = *SignJwt(Key(), Json::Object({{"exp", 1000}}));
  std::string refresh_token;
  FakeClock clock(absl::UnixEpoch());
  clock.SetWallBy(absl::Seconds(400));
  const auto token = ParseTokenResponse(
      {.status = 200, .body = R"({"access_token": ")" + jwt + "\"}"}, clock,
      &refresh_token);
  EXPECT_EQ(token->expiry, clock.Now() + absl::Seconds(600));
}

}  // namespace
}  // namespace evroc::cloud
