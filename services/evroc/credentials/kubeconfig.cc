#include "services/evroc/credentials/kubeconfig.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/auth/bearer_token.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kUserField = "credentials.users.user";

TokenConfig OidcTokens(OidcProvider provider) {
  return {
      .grant =
          RefreshTokenGrant{.refresh_token = std::move(provider.refresh_token),
                            .client_secret = std::move(provider.client_secret)},
      .issuer_url = std::move(provider.issuer_url),
      .client_id = std::move(provider.client_id),
      .issuer_ca_pem = std::move(provider.issuer_ca_pem)};
}

absl::StatusOr<TokenConfig> TokensOf(Kubeconfig& config) {
  if (auto* token = std::get_if<StaticToken>(&config.user)) {
    if (!IsB64Token(token->token)) {
      return InvalidField(absl::StrCat(kUserField, ".token"),
                          "has a character that a bearer token can't have");
    }
    return TokenConfig{.grant = std::move(*token)};
  }
  if (auto* file = std::get_if<TokenFile>(&config.user)) {
    return TokenConfig{.grant = std::move(*file)};
  }
  if (auto* plugin = std::get_if<ExecPlugin>(&config.user)) {
    return TokenConfig{.grant = std::move(*plugin)};
  }
  if (auto* provider = std::get_if<OidcProvider>(&config.user)) {
    return OidcTokens(std::move(*provider));
  }
  if (std::holds_alternative<BasicAuth>(config.user)) {
    return InvalidField(kUserField,
                        "has a username and a password, which the cloud's API "
                        "does not take");
  }
  if (!config.client_certificate_pem.empty()) return TokenConfig{};
  return InvalidField(kUserField,
                      "has no token, tokenFile, client-certificate, "
                      "auth-provider or exec");
}

}  // namespace

absl::StatusOr<Credential> CredentialOfKubeconfig(JsonView document,
                                                  bool trusted) {
  EVROC_ASSIGN_OR_RETURN(
      Kubeconfig config,
      ParseKubeconfig(
          document,
          {.trusted = trusted,
           .field_prefix = "credentials.",
           .distrust = "is allowed only in a credential that the service "
                       "loaded from its --credentials-dir"}));
  Credential credential;
  credential.dialect = Dialect::kKcp;
  EVROC_ASSIGN_OR_RETURN(credential.token, TokensOf(config));
  credential.api_url = std::move(config.server);
  credential.ca_pem = std::move(config.ca_pem);
  credential.client_certificate_pem = std::move(config.client_certificate_pem);
  credential.client_key_pem = std::move(config.client_key_pem);
  credential.insecure_skip_tls_verify = config.insecure_skip_tls_verify;
  credential.proxy_url = std::move(config.proxy_url);
  credential.tls_server_name = std::move(config.tls_server_name);
  return credential;
}

}  // namespace evroc::cloud
