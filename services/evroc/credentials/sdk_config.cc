#include "services/evroc/credentials/sdk_config.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/auth/bearer_token.h"
#include "common/files/read_file.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/members.h"
#include "services/evroc/credentials/oidc_defaults.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxKeyBytes = size_t{64} << 10;
constexpr absl::string_view kSecretField =
    "credentials.auth.service_account_secret";

// Every member is read or refused: a value that is lost would lead to a default
// address, or to somebody else.
absl::Status CheckForm(JsonView document) {
  using Kind = KnownMember::Kind;
  EVROC_RETURN_IF_ERROR(CheckMembers(document, "credentials",
                                     {{"auth", Kind::kOther},
                                      {"api", Kind::kOther},
                                      {"context", Kind::kOther}},
                                     UnknownMembers::kRefused));
  EVROC_RETURN_IF_ERROR(CheckMembers(document["auth"], "credentials.auth",
                                     {{"token_url"},
                                      {"client_id"},
                                      {"username"},
                                      {"password"},
                                      {"token"},
                                      {"refresh_token"},
                                      {"scopes", Kind::kTexts},
                                      {"service_account_id"},
                                      {"service_account_secret", Kind::kLines}},
                                     UnknownMembers::kRefused));
  EVROC_RETURN_IF_ERROR(CheckMembers(document["api"], "credentials.api",
                                     {{"base_url"}}, UnknownMembers::kRefused));
  return CheckMembers(document["context"], "credentials.context",
                      {{"project"}, {"region"}, {"organization"}},
                      UnknownMembers::kRefused);
}

// Half of a pair is a mistake, and no reason to be somebody else (evroc-api.md
// B.2.6).
absl::Status CheckPairs(JsonView auth) {
  if (TrimmedText(auth, "username").empty() !=
      TrimmedText(auth, "password").empty()) {
    return InvalidField("credentials.auth",
                        "has only one of username and password");
  }
  if (!TrimmedText(auth, "service_account_id").empty() &&
      TrimmedText(auth, "service_account_secret").empty()) {
    return InvalidField(kSecretField, "is missing");
  }
  return absl::OkStatus();
}

// Decodes base64 of any alphabet, padded or not.
bool Decode(absl::string_view encoded, std::string& text) {
  return absl::Base64Unescape(encoded, &text) ||
         absl::WebSafeBase64Unescape(encoded, &text);
}

// Parses a JWK as base64 of any alphabet, padded or not, as JSON, or, if
// allowed, as the path of a file.
absl::StatusOr<RsaKey> ParseKey(const std::string& secret,
                                bool may_read_files) {
  std::string jwk = secret;
  if (absl::StartsWith(secret, "/") && may_read_files) {
    jwk = ReadFile(secret).value_or("");
  } else if (!absl::StartsWith(secret, "{") && !Decode(secret, jwk)) {
    return InvalidField(kSecretField, "is not base64 of a JWK");
  }
  const absl::StatusOr<Json> json = Json::Parse(jwk, kMaxKeyBytes);
  if (!json.ok() || !(*json)["d"].exists()) {
    std::string twice;
    const bool encoded_twice =
        Decode(jwk, twice) && Json::Parse(twice, kMaxKeyBytes).ok();
    return InvalidField(kSecretField,
                        encoded_twice
                            ? "is base64 of base64: it was encoded twice"
                            : "is not the JWK of a private key");
  }
  absl::StatusOr<RsaKey> key = RsaKey::FromJwk(*json);
  if (!key.ok()) {
    return InvalidField(
        kSecretField,
        absl::StrCat("is not the JWK of a usable RSA key of ", RsaKey::kMinBits,
                     " to ", RsaKey::kMaxBits, " bits"));
  }
  return key;
}

absl::Status ReadServiceAccount(JsonView auth, bool may_read_files,
                                Credential& credential) {
  EVROC_ASSIGN_OR_RETURN(
      RsaKey key,
      ParseKey(TrimmedText(auth, "service_account_secret"), may_read_files));
  credential.token.grant = AssertionGrant{std::move(key)};
  credential.token.client_id = TrimmedText(auth, "client_id");
  if (!credential.token.client_id.empty()) return absl::OkStatus();
  const std::string id = TrimmedText(auth, "service_account_id");
  if (id.empty()) {
    return InvalidField("credentials.auth.service_account_id", "is missing");
  }
  EVROC_ASSIGN_OR_RETURN(credential.token.client_id,
                         ServiceAccountClientId(id, credential.project));
  return absl::OkStatus();
}

std::vector<std::string> Scopes(JsonView auth) {
  std::vector<std::string> scopes;
  for (size_t i = 0; i < auth["scopes"].size(); ++i) {
    scopes.emplace_back(absl::StripAsciiWhitespace(auth["scopes"][i].String()));
  }
  return scopes;
}

absl::Status ReadAuth(JsonView auth, bool may_read_files,
                      Credential& credential) {
  if (!TrimmedText(auth, "service_account_secret").empty()) {
    return ReadServiceAccount(auth, may_read_files, credential);
  }
  credential.token.client_id = TrimmedText(auth, "client_id");
  if (credential.token.client_id.empty()) {
    credential.token.client_id = std::string(kCliClientId);
  }
  if (std::string token = TrimmedText(auth, "refresh_token"); !token.empty()) {
    credential.token.grant = RefreshTokenGrant{.refresh_token = token};
    return absl::OkStatus();
  }
  if (std::string token = TrimmedText(auth, "token"); !token.empty()) {
    if (!IsB64Token(token)) {
      return InvalidField("credentials.auth.token",
                          "has a character that a bearer token can't have");
    }
    credential.token.grant = StaticToken{token};
    return absl::OkStatus();
  }
  // Spaces may be part of a password, the end of its line can't.
  absl::string_view password = auth["password"].String();
  while (absl::ConsumeSuffix(&password, "\n") ||
         absl::ConsumeSuffix(&password, "\r")) {
  }
  PasswordGrant grant{.username = TrimmedText(auth, "username"),
                      .password = std::string(password),
                      .scopes = Scopes(auth)};
  if (grant.username.empty() || grant.password.empty()) {
    return InvalidField("credentials.auth",
                        "has no service_account_secret, refresh_token, token, "
                        "or username with password");
  }
  credential.token.grant = std::move(grant);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ServiceAccountClientId(absl::string_view id,
                                                   absl::string_view project) {
  if (project.empty()) {
    return InvalidField("credentials.context.project",
                        "is missing: a service account's client id needs it");
  }
  const std::string suffix = absl::StrCat("_", project);
  if (absl::EndsWith(id, suffix)) return std::string(id);
  return absl::StrCat(id, suffix);
}

absl::StatusOr<Credential> ParseSdkConfig(JsonView document,
                                          bool may_read_files) {
  EVROC_RETURN_IF_ERROR(CheckForm(document));
  EVROC_RETURN_IF_ERROR(CheckPairs(document["auth"]));
  Credential credential;
  credential.dialect = Dialect::kRest;
  credential.api_url = TrimmedText(document["api"], "base_url");
  const JsonView context = document["context"];
  credential.organization = TrimmedText(context, "organization");
  credential.project = TrimmedText(context, "project");
  credential.region = TrimmedText(context, "region");
  credential.token.token_url = TrimmedText(document["auth"], "token_url");
  EVROC_RETURN_IF_ERROR(ReadAuth(document["auth"], may_read_files, credential));
  return credential;
}

}  // namespace evroc::cloud
