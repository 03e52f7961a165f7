// Parses kubeconfigs as credentials of the KCP dialect (evroc-api.md A.2). Pure
// functions, except that they read the files that a trusted one names.

#ifndef SERVICES_EVROC_CREDENTIALS_KUBECONFIG_H_
#define SERVICES_EVROC_CREDENTIALS_KUBECONFIG_H_

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// `trusted`: whether it may name files and commands. INVALID_ARGUMENT that
// names the member that is missing, wrong or not allowed.
absl::StatusOr<Credential> CredentialOfKubeconfig(JsonView document,
                                                  bool trusted);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CREDENTIALS_KUBECONFIG_H_
