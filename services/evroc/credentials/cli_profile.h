// Parses the configuration file of Evroc's CLI (evroc-api.md B.2.6). A pure
// function.

#ifndef SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_
#define SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// Returns the current profile. INVALID_ARGUMENT that names a missing member.
absl::StatusOr<Credential> ParseCliProfile(JsonView document);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_
