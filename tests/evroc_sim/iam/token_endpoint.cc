#include "tests/evroc_sim/iam/token_endpoint.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/http/url.h"

namespace evroc::sim {
namespace {

constexpr char kAssertionType[] =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

Response OAuthError(int status, absl::string_view error,
                    absl::string_view description) {
  return JsonResponse(
      status,
      Json::Object({{"error", error}, {"error_description", description}}));
}

std::map<std::string, std::string> ParseForm(absl::string_view body) {
  std::map<std::string, std::string> fields;
  for (const absl::string_view pair : absl::StrSplit(body, '&')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    fields[UnescapeForm(parts.first)] = UnescapeForm(parts.second);
  }
  return fields;
}

// Returns the client id from HTTP Basic, where name and secret are
// form-encoded, or from the form; empty if neither has one.
std::string ClientIdOf(const Request& request,
                       const std::map<std::string, std::string>& form) {
  absl::string_view basic = FindHeader(request.headers, "Authorization");
  std::string decoded;
  if (absl::ConsumePrefix(&basic, "Basic ") &&
      absl::Base64Unescape(basic, &decoded)) {
    return UnescapeForm(decoded.substr(0, decoded.find(':')));
  }
  return FieldOf(form, "client_id");
}

bool IsPublicClient(absl::string_view client_id) {
  return client_id == "evroc-cli" || client_id == "csi-driver";
}

}  // namespace

Response TokenEndpoint::Handle(const Request& request) {
  absl::string_view path = request.path;
  absl::ConsumePrefix(&path, kRealm);
  Response response;
  if (path == "/protocol/openid-connect/token") {
    response = request.method == "POST"
                   ? Token(request)
                   : OAuthError(405, "invalid_request", "POST it");
  } else if (path == "/.well-known/openid-configuration") {
    response = Discovery(request);
  } else if (path == "/protocol/openid-connect/certs") {
    Json key = issuer_.key().PublicJwk();
    key.Set("alg", "RS256").Set("use", "sig");
    response = JsonResponse(200, Json::Object({{"keys", Json::Array({key})}}));
  } else {
    response = OAuthError(404, "Not Found", "there is no such resource");
  }
  response.route = request.path;
  return response;
}

Response TokenEndpoint::Token(const Request& request) {
  if (!absl::StartsWith(FindHeader(request.headers, "Content-Type"),
                        "application/x-www-form-urlencoded")) {
    return OAuthError(415, "invalid_request", "the body is no form");
  }
  const Fields form = ParseForm(request.body);
  const std::string client_id = ClientIdOf(request, form);
  if (client_id.empty()) {
    return OAuthError(401, "invalid_client",
                      "Invalid client or Invalid client credentials");
  }
  return Grant(request, form, client_id);
}

Response TokenEndpoint::Grant(const Request& request, const Fields& form,
                              const std::string& client_id) {
  const std::string grant = FieldOf(form, "grant_type");
  if (grant == "client_credentials") {
    return ServiceAccountToken(request, form, client_id);
  }
  if (grant != "password" && grant != "refresh_token") {
    return OAuthError(400, "unsupported_grant_type", "Unsupported grant_type");
  }
  if (!IsPublicClient(client_id)) {
    return OAuthError(401, "invalid_client",
                      "Invalid client or Invalid client credentials");
  }
  const bool by_password = grant == "password";
  const absl::StatusOr<std::string> user =
      by_password ? accounts_.CheckPassword(FieldOf(form, "username"),
                                            FieldOf(form, "password"))
                  : accounts_.CheckRefreshToken(FieldOf(form, "refresh_token"));
  if (!user.ok()) {
    return OAuthError(by_password ? 401 : 400, "invalid_grant",
                      user.status().message());
  }
  const bool rotates =
      cloud_.settings().Choice("rotate_refresh_token") == "yes";
  const std::string refresh_token = by_password || rotates
                                        ? accounts_.IssueRefreshToken(*user)
                                        : FieldOf(form, "refresh_token");
  return Success(request, {.identity = accounts_.IdentityOf(*user)},
                 refresh_token);
}

Response TokenEndpoint::ServiceAccountToken(const Request& request,
                                            const Fields& form,
                                            const std::string& client_id) {
  if (FieldOf(form, "client_assertion_type") != kAssertionType) {
    return OAuthError(401, "invalid_client",
                      "client_assertion_type is missing or unknown");
  }
  const absl::StatusOr<Accounts::SignIn> sign_in = accounts_.CheckAssertion(
      client_id, FieldOf(form, "client_assertion"), clock_.Now(),
      [&](absl::string_view url) { return IsTokenUrl(request, url); });
  if (!sign_in.ok()) {
    return OAuthError(401, "invalid_client", sign_in.status().message());
  }
  return Success(request, *sign_in, "");
}

Response TokenEndpoint::Success(const Request& request,
                                const Accounts::SignIn& sign_in,
                                const std::string& refresh_token) {
  const absl::Duration lifetime =
      sign_in.token_lifetime > absl::ZeroDuration()
          ? sign_in.token_lifetime
          : absl::Seconds(cloud_.settings().TokenLifetimeSeconds());
  const std::string token =
      issuer_.Issue(sign_in.identity, IssuerOf(request), lifetime);
  Json body = Json::Object({{"access_token", token},
                            {"token_type", "Bearer"},
                            {"expires_in", absl::ToInt64Seconds(lifetime)},
                            {"scope", "openid"}});
  if (!refresh_token.empty()) {
    body.Set("refresh_token", refresh_token).Set("id_token", token);
  }
  Response response = JsonResponse(200, body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response TokenEndpoint::Discovery(const Request& request) const {
  const std::string issuer = IssuerOf(request);
  const std::string base = absl::StrCat(issuer, "/protocol/openid-connect");
  return JsonResponse(
      200,
      Json::Object(
          {{"issuer", issuer},
           {"token_endpoint", absl::StrCat(base, "/token")},
           {"authorization_endpoint", absl::StrCat(base, "/auth")},
           {"jwks_uri", absl::StrCat(base, "/certs")},
           {"grant_types_supported", Json::Array({"password", "refresh_token",
                                                  "client_credentials"})}}));
}

std::string TokenEndpoint::IssuerOf(const Request& request) const {
  return absl::StrCat(scheme_, "://", FindHeader(request.headers, "Host"),
                      kRealm);
}

// Accepts every name of the listener: the one in the request, or any host with
// its port.
bool TokenEndpoint::IsTokenUrl(const Request& request,
                               absl::string_view url) const {
  const absl::StatusOr<Url> parsed = ParseUrl(url);
  if (!parsed.ok() || parsed->path != kTokenPath) return false;
  if (parsed->authority == FindHeader(request.headers, "Host")) return true;
  return absl::EndsWith(parsed->authority, absl::StrCat(":", port_));
}

}  // namespace evroc::sim
