#include "services/evroc/credentials/sdk_config.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/read_file.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/credentials/oidc_defaults.h"

namespace evroc::cloud {
namespace {

std::string Text(JsonView auth, absl::string_view name) {
  return std::string(auth[name].String());
}

// Parses a JWK as base64 of any alphabet, padded or not, as JSON, or, if
// allowed, as the path of a file.
absl::StatusOr<RsaKey> ParseKey(const std::string& secret,
                                bool may_read_files) {
  constexpr absl::string_view kField =
      "credentials.auth.service_account_secret";
  std::string jwk = secret;
  if (absl::StartsWith(secret, "/") && may_read_files) {
    jwk = ReadFile(secret).value_or("");
  } else if (!absl::StartsWith(secret, "{") &&
             !absl::Base64Unescape(secret, &jwk) &&
             !absl::WebSafeBase64Unescape(secret, &jwk)) {
    return InvalidField(kField, "is not base64 of a JWK");
  }
  const absl::StatusOr<Json> json = Json::Parse(jwk, size_t{64} << 10);
  if (!json.ok() || !(*json)["d"].exists()) {
    return InvalidField(kField, "is not the JWK of a private key");
  }
  absl::StatusOr<RsaKey> key = RsaKey::FromJwk(*json);
  if (!key.ok()) {
    return InvalidField(kField, "is not the JWK of a usable RSA key");
  }
  return key;
}

absl::Status ReadServiceAccount(JsonView auth, bool may_read_files,
                                Credential& credential) {
  EVROC_ASSIGN_OR_RETURN(
      RsaKey key,
      ParseKey(Text(auth, "service_account_secret"), may_read_files));
  credential.token.grant = AssertionGrant{std::move(key)};
  credential.token.client_id = Text(auth, "client_id");
  if (!credential.token.client_id.empty()) return absl::OkStatus();
  const std::string id = Text(auth, "service_account_id");
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
    scopes.emplace_back(auth["scopes"][i].String());
  }
  return scopes;
}

absl::Status ReadAuth(JsonView auth, bool may_read_files,
                      Credential& credential) {
  if (!Text(auth, "service_account_secret").empty()) {
    return ReadServiceAccount(auth, may_read_files, credential);
  }
  credential.token.client_id =
      std::string(auth["client_id"].String(kCliClientId));
  if (std::string token = Text(auth, "refresh_token"); !token.empty()) {
    credential.token.grant = RefreshTokenGrant{.refresh_token = token};
    return absl::OkStatus();
  }
  if (std::string token = Text(auth, "token"); !token.empty()) {
    credential.token.grant = StaticToken{token};
    return absl::OkStatus();
  }
  PasswordGrant grant{.username = Text(auth, "username"),
                      .password = Text(auth, "password"),
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
  Credential credential;
  credential.dialect = Dialect::kRest;
  credential.api_url = std::string(document.At("api.base_url").String());
  const JsonView context = document["context"];
  credential.organization = Text(context, "organization");
  credential.project = Text(context, "project");
  credential.region = Text(context, "region");
  credential.token.token_url = Text(document["auth"], "token_url");
  EVROC_RETURN_IF_ERROR(ReadAuth(document["auth"], may_read_files, credential));
  return credential;
}

}  // namespace evroc::cloud
