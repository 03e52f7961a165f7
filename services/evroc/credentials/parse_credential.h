// Reads credentials from bytes: a CLI profile, the SDK's configuration or a
// kubeconfig; the content decides which (ADR 7). Pure but for the files
// that a trusted kubeconfig names.

#ifndef SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_
#define SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// Where the bytes came from.
enum class CredentialOrigin {
  kRequest,    // anybody who may call: no files, no commands
  kDirectory,  // the operator's --credentials-dir
};

// INVALID_ARGUMENT, naming the member and quoting no value, for anything that
// is none of the three or lacks what it needs; also for members that read
// files or run commands, unless they came from the operator. `folder`: what
// relative paths in a kubeconfig of the operator's are relative to.
absl::StatusOr<Credential> ParseCredential(absl::string_view content,
                                           CredentialOrigin origin,
                                           absl::string_view folder = "");

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_PARSE_CREDENTIAL_H_
