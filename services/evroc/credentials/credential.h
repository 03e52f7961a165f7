// A parsed credential, the same for all of its formats (ADR 7, evroc-api.md
// A.2, B.2). Values. Secret members are never printed.

#ifndef SERVICES_EVROC_CREDENTIALS_CREDENTIAL_H_
#define SERVICES_EVROC_CREDENTIALS_CREDENTIAL_H_

#include <string>
#include <variant>
#include <vector>

#include "common/auth/grants.h"
#include "common/crypto/rsa_key.h"

namespace evroc::cloud {

// How an OIDC client authenticates.
struct RefreshTokenGrant {
  std::string refresh_token;  // secret
  std::string client_secret;  // secret; empty for public clients
};
struct PasswordGrant {
  std::string username;
  std::string password;  // secret
  std::vector<std::string> scopes;
};
struct AssertionGrant {
  RsaKey key;  // secret
};
using Grant = std::variant<RefreshTokenGrant, PasswordGrant, AssertionGrant,
                           StaticToken, TokenFile, ExecPlugin, NoToken>;

// How tokens are obtained.
struct TokenConfig {
  Grant grant = NoToken{};
  // Of the OIDC grants only.
  std::string token_url;
  // Replaces token_url: discovery returns it.
  std::string issuer_url;
  std::string client_id;
  std::string issuer_ca_pem;
};

enum class Dialect { kRest, kKcp };

struct Credential {
  Dialect dialect = Dialect::kRest;
  // The API's URL: REST's base URL, or a kubeconfig's server. Empty: not set.
  std::string api_url;
  TokenConfig token;

  // How to connect to the API.
  std::string ca_pem;
  std::string client_certificate_pem;
  std::string client_key_pem;  // secret
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;
  std::string tls_server_name;

  // The user that it says it is of; may be empty.
  std::string username;

  // Where the credential is valid; each may be empty.
  std::string organization;
  std::string project;
  std::string region;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_CREDENTIAL_H_
