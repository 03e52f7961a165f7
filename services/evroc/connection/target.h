// Where a call goes and as whom, once everything that has a say was asked:
// the request, the credential, the program's flags and what is built in.

#ifndef SERVICES_EVROC_CONNECTION_TARGET_H_
#define SERVICES_EVROC_CONNECTION_TARGET_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/evroc/connection/endpoints.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// What a request says; each may be empty.
struct TargetSpec {
  std::string project;
  std::string region;
  Endpoints endpoints;
};

struct Target {
  Credential credential;  // its token config is complete
  std::string api_url;    // of REST the base, of KCP the project's workspace
  std::string project;
  std::string region;
};

// `spec` counts before `credential`, that before `flags` (ADR 7). A pure
// function. INVALID_ARGUMENT naming the field if no project is known or a URL
// is none.
absl::StatusOr<Target> ResolveTarget(Credential credential,
                                     const TargetSpec& spec,
                                     const Endpoints& flags);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_TARGET_H_
