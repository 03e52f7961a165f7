// Parses the configuration file of Evroc's SDK with a service account, a
// password, a refresh token or a static token (evroc-api.md B.2.4, B.2.6). Pure
// functions, except that they read the key file that a trusted one may name.

#ifndef SERVICES_EVROC_CREDENTIALS_SDK_CONFIG_H_
#define SERVICES_EVROC_CREDENTIALS_SDK_CONFIG_H_

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// The first of several ways to authenticate counts: service account, refresh
// token, token, password. `may_read_files`: whether service_account_secret may
// be the path of a file. INVALID_ARGUMENT that names what is missing or wrong.
absl::StatusOr<Credential> ParseSdkConfig(JsonView document,
                                          bool may_read_files);

// Returns the OAuth client id of a service account: "<id>_<project>", never
// with an empty project or the project twice (traps.md B17). INVALID_ARGUMENT
// if there is no project.
absl::StatusOr<std::string> ServiceAccountClientId(absl::string_view id,
                                                   absl::string_view project);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_SDK_CONFIG_H_
