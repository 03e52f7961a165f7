#include "services/evroc/credentials/cli_profile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "services/evroc/credentials/oidc_defaults.h"

namespace evroc::cloud {

absl::StatusOr<Credential> ParseCliProfile(JsonView document) {
  if (const absl::string_view format = document["formatVersion"].String("v1");
      format != "v1") {
    return InvalidField("credentials.formatVersion", "is not v1");
  }
  const std::string name(document["currentProfile"].String());
  if (name.empty()) {
    return InvalidField("credentials.currentProfile", "is missing");
  }
  const JsonView profile = document["profiles"][name];
  if (!profile.is_object()) {
    return InvalidField("credentials.profiles",
                        "has no profile of the name in currentProfile");
  }
  const std::string refresh_token(profile.At("user.refreshToken").String());
  if (refresh_token.empty()) {
    return InvalidField("credentials.profiles.user.refreshToken",
                        "is missing: log in with the CLI once more");
  }
  Credential credential;
  credential.dialect = Dialect::kRest;
  credential.api_url = std::string(profile["apiURL"].String());
  credential.token.grant = RefreshTokenGrant{.refresh_token = refresh_token};
  credential.token.client_id = std::string(kCliClientId);
  if (const absl::string_view issuer = profile["issuerURL"].String();
      !issuer.empty()) {
    credential.token.token_url = JoinUrl(issuer, kTokenPath);
  }
  credential.organization = std::string(profile["organization"].String());
  credential.project = std::string(profile["project"].String());
  credential.region = std::string(profile["region"].String());
  return credential;
}

}  // namespace evroc::cloud
