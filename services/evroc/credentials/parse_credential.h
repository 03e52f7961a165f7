// Parses credentials: a CLI profile, the SDK's configuration or a kubeconfig;
// the content decides which (ADR 7). Pure functions, except that they read the
// files that a trusted kubeconfig names.

#ifndef SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_
#define SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// The origin of a credential.
enum class CredentialOrigin {
  kRequest,    // any client: no files, no commands
  kDirectory,  // the operator's --credentials-dir
};

// INVALID_ARGUMENT, which names the member and quotes no value, for anything
// that is none of the three or is incomplete; also for members that read files
// or run commands, unless the operator supplied them. `folder`: the base of
// relative paths in an operator's kubeconfig.
absl::StatusOr<Credential> ParseCredential(absl::string_view content,
                                           CredentialOrigin origin,
                                           absl::string_view folder = "");

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_
