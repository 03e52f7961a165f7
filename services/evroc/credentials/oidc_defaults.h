// Defaults of Evroc's OIDC server and API (evroc-api.md B.1, B.2). Constant
// data.

#ifndef SERVICES_EVROC_CREDENTIALS_OIDC_DEFAULTS_H_
#define SERVICES_EVROC_CREDENTIALS_OIDC_DEFAULTS_H_

#include "absl/strings/string_view.h"

namespace evroc::cloud {

inline constexpr absl::string_view kApiUrl = "https://api.evroc.com";
inline constexpr absl::string_view kIssuerUrl =
    "https://authn.iam.evroc.com/realms/evroc-customer";
// Relative to the issuer.
inline constexpr absl::string_view kTokenPath =
    "/protocol/openid-connect/token";
inline constexpr absl::string_view kCliClientId = "evroc-cli";

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_OIDC_DEFAULTS_H_
