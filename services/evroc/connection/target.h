// The target of a call, resolved from the request, the credential, the
// program's flags and built-in defaults.

#ifndef SERVICES_EVROC_CONNECTION_TARGET_H_
#define SERVICES_EVROC_CONNECTION_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/evroc/connection/endpoints.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// The values in a request; each may be empty.
struct TargetSpec {
  std::string project;
  std::string region;
  Endpoints endpoints;
};

struct Target {
  Credential credential;  // its token config is complete
  std::string api_url;    // REST: the base; KCP: the project's workspace
  std::string project;
  std::string region;
};

// `spec` takes precedence over `credential`, and that over `flags` (ADR 7). A
// pure function. INVALID_ARGUMENT that names the field if no project is known
// or a URL is invalid.
absl::StatusOr<Target> ResolveTarget(Credential credential,
                                     const TargetSpec& spec,
                                     const Endpoints& flags);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_TARGET_H_
