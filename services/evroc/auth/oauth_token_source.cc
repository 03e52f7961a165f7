#include "services/evroc/auth/oauth_token_source.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/jwt.h"
#include "common/http/retry_policy.h"
#include "common/http/url.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/time/sleep.h"
#include "services/evroc/auth/client_assertion.h"

namespace evroc::cloud {
namespace {

constexpr char kRoute[] = "/protocol/openid-connect/token";
constexpr char kDiscoveryRoute[] = "/.well-known/openid-configuration";
constexpr char kAssertionType[] =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr char kOfflineAccess[] = "offline_access";
constexpr size_t kMaxAnswerBytes = size_t{256} << 10;
constexpr int64_t kLongestLifeSeconds = int64_t{366} * 24 * 3600;
constexpr int kAttempts = 3;

std::string ScopesOf(const PasswordGrant& grant) {
  if (grant.scopes.empty()) return "openid offline_access";
  std::vector<std::string> scopes = grant.scopes;
  for (const std::string& scope : scopes) {
    if (scope == kOfflineAccess) return absl::StrJoin(scopes, " ");
  }
  scopes.emplace_back(kOfflineAccess);
  return absl::StrJoin(scopes, " ");
}

// `error` is a code of RFC 6749 (section 5.2) or 8628; other values, which may
// repeat the request, are not quoted.
absl::string_view ErrorWord(JsonView body) {
  const absl::string_view word = body["error"].String();
  for (const absl::string_view known :
       {"invalid_request", "invalid_client", "invalid_grant",
        "unauthorized_client", "unsupported_grant_type", "invalid_scope",
        "access_denied", "server_error", "temporarily_unavailable",
        "slow_down"}) {
    if (word == known) return known;
  }
  return "";
}

absl::Status RefusalOf(const HttpResponse& response, JsonView body) {
  const absl::string_view word = ErrorWord(body);
  const std::string text =
      absl::StrCat("the token endpoint answered HTTP ", response.status,
                   word.empty() ? "" : ", ", word);
  if (response.status == 400 || response.status == 401 ||
      response.status == 403) {
    return MakeError(absl::StatusCode::kUnauthenticated, text,
                     {.reason = "CREDENTIAL_REFUSED"});
  }
  if (response.status == 429 || response.status >= 500) {
    return MakeError(absl::StatusCode::kUnavailable, text,
                     {.reason = "ISSUER_UNAVAILABLE",
                      .retry_after = RetryAfterOf(response.headers)});
  }
  return absl::InternalError(text);
}

}  // namespace

OAuthTokenSource::OAuthTokenSource(TokenConfig config, HttpClient& http,
                                   Clock& clock)
    : config_(std::move(config)), http_(http), clock_(clock) {
  if (const auto* grant = std::get_if<RefreshTokenGrant>(&config_.grant)) {
    refresh_token_ = grant->refresh_token;
  }
}

absl::StatusOr<AccessToken> OAuthTokenSource::Fetch(
    const CallContext& context) {
  const RetryPolicy delays{.max_attempts = kAttempts};
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<std::string> url = TokenUrl(context);
    absl::StatusOr<AccessToken> token =
        url.ok() ? FetchOnce(context, *url)
                 : absl::StatusOr<AccessToken>(url.status());
    if (token.ok() || !absl::IsUnavailable(token.status())) return token;
    const auto delay = DelayBefore(attempt + 1, token.status(), delays);
    if (!delay.has_value() || clock_.Now() + *delay >= context.deadline ||
        !SleepFor(*delay, context.cancel, clock_)) {
      return token;
    }
  }
}

absl::StatusOr<std::string> OAuthTokenSource::TokenUrl(
    const CallContext& context) {
  if (!config_.token_url.empty()) return config_.token_url;
  {
    absl::MutexLock lock(&mutex_);
    if (!discovered_url_.empty()) return discovered_url_;
  }
  const HttpRequest request{.method = "GET",
                            .url = JoinUrl(config_.issuer_url, kDiscoveryRoute),
                            .route = kDiscoveryRoute};
  EVROC_ASSIGN_OR_RETURN(const HttpResponse response,
                         http_.Send(context, request));
  if (response.status != 200) return RefusalOf(response, JsonView());
  const absl::StatusOr<Json> body = Json::Parse(response.body, kMaxAnswerBytes);
  const std::string url(body.ok() ? (*body)["token_endpoint"].String() : "");
  if (!ParseUrl(url).ok()) {
    return absl::InternalError("the issuer's discovery has no token_endpoint");
  }
  absl::MutexLock lock(&mutex_);
  discovered_url_ = url;
  return url;
}

absl::StatusOr<OAuthTokenSource::Form> OAuthTokenSource::MakeForm(
    const std::string& token_url) {
  if (const auto* grant = std::get_if<AssertionGrant>(&config_.grant)) {
    EVROC_ASSIGN_OR_RETURN(const std::string assertion,
                           MakeClientAssertion(grant->key, config_.client_id,
                                               token_url, clock_.WallNow()));
    return Form{{"grant_type", "client_credentials"},
                {"client_assertion_type", kAssertionType},
                {"client_assertion", assertion},
                {"client_id", config_.client_id}};
  }
  if (const auto* grant = std::get_if<PasswordGrant>(&config_.grant)) {
    return Form{{"grant_type", "password"},
                {"username", grant->username},
                {"password", grant->password},
                {"scope", ScopesOf(*grant)},
                {"client_id", config_.client_id}};
  }
  const auto& grant = std::get<RefreshTokenGrant>(config_.grant);
  absl::MutexLock lock(&mutex_);
  Form form = {{"grant_type", "refresh_token"},
               {"refresh_token", refresh_token_},
               {"client_id", config_.client_id}};
  if (!grant.client_secret.empty()) {
    form.emplace_back("client_secret", grant.client_secret);
  }
  return form;
}

absl::StatusOr<AccessToken> OAuthTokenSource::FetchOnce(
    const CallContext& context, const std::string& token_url) {
  EVROC_ASSIGN_OR_RETURN(const Form form, MakeForm(token_url));
  const HttpRequest request{
      .method = "POST",
      .url = token_url,
      .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                  {"Accept", "application/json"}},
      .body = EncodeForm(form),
      .route = kRoute};
  EVROC_ASSIGN_OR_RETURN(const HttpResponse response,
                         http_.Send(context, request));
  std::string refresh_token;
  absl::StatusOr<AccessToken> token =
      ParseTokenResponse(response, clock_, &refresh_token);
  if (token.ok() && !refresh_token.empty()) {
    absl::MutexLock lock(&mutex_);
    refresh_token_ = std::move(refresh_token);
  }
  return token;
}

absl::StatusOr<AccessToken> ParseTokenResponse(const HttpResponse& response,
                                               const Clock& clock,
                                               std::string* refresh_token) {
  const absl::StatusOr<Json> parsed =
      Json::Parse(response.body, kMaxAnswerBytes);
  const JsonView body = parsed.ok() ? parsed->view() : JsonView();
  if (response.status != 200) return RefusalOf(response, body);
  AccessToken token{.value = std::string(body["access_token"].String())};
  if (token.value.empty()) {
    return absl::InternalError("the token endpoint sent no access_token");
  }
  *refresh_token = std::string(body["refresh_token"].String());
  const int64_t seconds = body["expires_in"].Integer(0);
  if (seconds > 0 && seconds < kLongestLifeSeconds) {
    token.expiry = clock.Now() + absl::Seconds(seconds);
  } else {
    token.expiry =
        FromWall(clock, JwtExpiry(token.value).value_or(clock.WallNow()));
  }
  return token;
}

}  // namespace evroc::cloud
