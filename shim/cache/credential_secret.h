// The credential that a Secret holds, in either of its forms (ADR 7). Values
// and pure functions; errors never quote a value.

#ifndef SHIM_CACHE_CREDENTIAL_SECRET_H_
#define SHIM_CACHE_CREDENTIAL_SECRET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc::shim {

inline constexpr absl::string_view kConfigKey = "config";
// Keys that the official provider has too.
inline constexpr absl::string_view kServiceAccountIdKey = "serviceAccountID";
inline constexpr absl::string_view kServiceAccountSecretKey =
    "serviceAccountSecret";
inline constexpr absl::string_view kOrganizationKey = "organization";

enum class CredentialForm {
  kConfig,          // a whole credential under the key "config"
  kServiceAccount,  // a service account, under a key for each member
};

struct SecretCredential {
  CredentialForm form = CredentialForm::kConfig;
  std::string config;  // secret; of kConfig
  // Of kServiceAccount, without white space around them.
  std::string service_account_id;
  std::string service_account_secret;  // secret
  std::string organization;            // may be empty

  friend bool operator==(const SecretCredential&,
                         const SecretCredential&) = default;
};

// The form of a Secret's `data`: a service account, complete or not, takes
// precedence over "config".
CredentialForm FormOf(JsonView data);

// Decodes a Secret's `data`. INVALID_ARGUMENT that continues the sentence
// "Secret a/b ..." and names the key.
absl::StatusOr<SecretCredential> DecodeCredential(JsonView data);

// Returns the credential as the services parse it. The client id of a service
// account is made of its id and `project`.
std::string CredentialText(const SecretCredential& credential,
                           absl::string_view project);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_CREDENTIAL_SECRET_H_
