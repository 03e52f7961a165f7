// The configuration file of Evroc's CLI (evroc-api.md B.2.6). A pure function.

#ifndef SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_
#define SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// The current profile. INVALID_ARGUMENT naming what is missing.
absl::StatusOr<Credential> ParseCliProfile(JsonView document);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_CLI_PROFILE_H_
