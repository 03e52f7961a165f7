#include "services/evroc/credentials/cli_profile.h"

#include <string>

#include "absl/strings/ascii.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/members.h"
#include "services/evroc/credentials/oidc_defaults.h"

namespace evroc::cloud {

namespace {

// The CLI writes this file, and later ones may write more into it: members that
// are not known are ignored, as other readers do.
absl::Status CheckProfile(JsonView profile) {
  const std::string path = "credentials.profiles";
  EVROC_RETURN_IF_ERROR(CheckMembers(profile, path,
                                     {{"domain"},
                                      {"apiURL"},
                                      {"issuerURL"},
                                      {"s3URL"},
                                      {"organization"},
                                      {"project"},
                                      {"region"},
                                      {"user", KnownMember::Kind::kOther}},
                                     UnknownMembers::kIgnored));
  return CheckMembers(profile["user"], path + ".user",
                      {{"username"}, {"refreshToken"}},
                      UnknownMembers::kIgnored);
}

}  // namespace

absl::StatusOr<Credential> ParseCliProfile(JsonView document) {
  EVROC_RETURN_IF_ERROR(CheckMembers(document, "credentials",
                                     {{"formatVersion"},
                                      {"currentProfile"},
                                      {"profiles", KnownMember::Kind::kOther}},
                                     UnknownMembers::kIgnored));
  if (const absl::string_view format = document["formatVersion"].String("v1");
      absl::StripAsciiWhitespace(format) != "v1") {
    return InvalidField("credentials.formatVersion", "is not v1");
  }
  const std::string name = TrimmedText(document, "currentProfile");
  if (name.empty()) {
    return InvalidField("credentials.currentProfile", "is missing");
  }
  const JsonView profile = document["profiles"][name];
  if (!profile.is_object()) {
    return InvalidField("credentials.profiles",
                        "has no profile of the name in currentProfile");
  }
  EVROC_RETURN_IF_ERROR(CheckProfile(profile));
  const std::string refresh_token =
      TrimmedText(profile["user"], "refreshToken");
  if (refresh_token.empty()) {
    return InvalidField("credentials.profiles.user.refreshToken",
                        "is missing: log in with the CLI once more");
  }
  Credential credential;
  credential.dialect = Dialect::kRest;
  credential.api_url = TrimmedText(profile, "apiURL");
  credential.token.grant = RefreshTokenGrant{.refresh_token = refresh_token};
  credential.token.client_id = std::string(kCliClientId);
  if (const std::string issuer = TrimmedText(profile, "issuerURL");
      !issuer.empty()) {
    credential.token.token_url = JoinUrl(issuer, kTokenPath);
  }
  credential.username = TrimmedText(profile["user"], "username");
  credential.organization = TrimmedText(profile, "organization");
  credential.project = TrimmedText(profile, "project");
  credential.region = TrimmedText(profile, "region");
  return credential;
}

}  // namespace evroc::cloud
