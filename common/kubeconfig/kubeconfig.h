// Parses kubeconfigs: the API server and the credentials of the current
// context. Pure functions, except that they read the files that a trusted one
// names.

#ifndef COMMON_KUBECONFIG_KUBECONFIG_H_
#define COMMON_KUBECONFIG_KUBECONFIG_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/auth/grants.h"
#include "common/json/json.h"

namespace evroc {

struct BasicAuth {
  std::string username;
  std::string password;  // secret
  friend bool operator==(const BasicAuth&, const BasicAuth&) = default;
};
// auth-provider "oidc", with a refresh token.
struct OidcProvider {
  std::string refresh_token;  // secret
  std::string client_id;
  std::string client_secret;  // secret
  std::string issuer_url;
  std::string issuer_ca_pem;
  friend bool operator==(const OidcProvider&, const OidcProvider&) = default;
};

struct Kubeconfig {
  std::string server;
  std::string ca_pem;
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;
  std::string tls_server_name;

  std::string client_certificate_pem;
  std::string client_key_pem;  // secret
  std::variant<NoToken, StaticToken, TokenFile, ExecPlugin, BasicAuth,
               OidcProvider>
      user;

  std::string name_space;  // of the context; may be empty

  friend bool operator==(const Kubeconfig&, const Kubeconfig&) = default;
};

// The rules of the parser: what it allows, and how its errors name fields.
struct KubeconfigRules {
  // Whether it may name files and commands.
  bool trusted = false;
  // Prefix of each field in an error, e.g. "credentials.".
  std::string field_prefix;
  // Error text for a file or command that is not allowed.
  std::string distrust = "is allowed only in a kubeconfig from a file";
};

// INVALID_ARGUMENT that names the member that is missing, wrong, not allowed or
// not supported, and never quotes its value.
absl::StatusOr<Kubeconfig> ParseKubeconfig(JsonView document,
                                           const KubeconfigRules& rules);

// Returns the document with relative paths of files and commands made relative
// to `folder`, the folder of its file.
Json WithPathsFrom(absl::string_view folder, JsonView document);

}  // namespace evroc

#endif  // COMMON_KUBECONFIG_KUBECONFIG_H_
