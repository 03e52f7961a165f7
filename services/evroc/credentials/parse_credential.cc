#include "services/evroc/credentials/parse_credential.h"

#include "common/kubeconfig/kubeconfig.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/yaml.h"
#include "services/evroc/credentials/cli_profile.h"
#include "services/evroc/credentials/kubeconfig.h"
#include "services/evroc/credentials/sdk_config.h"

namespace evroc::cloud {

absl::StatusOr<Credential> ParseCredential(absl::string_view content,
                                           CredentialOrigin origin,
                                           absl::string_view folder) {
  if (content.empty()) return InvalidField("credentials", "is empty");
  const absl::StatusOr<Json> document = ParseYaml(content);
  if (!document.ok()) {
    return InvalidField("credentials", document.status().message());
  }
  const bool trusted = origin == CredentialOrigin::kDirectory;
  if ((*document)["kind"].String() == "Config" ||
      (*document)["clusters"].is_array()) {
    return CredentialOfKubeconfig(WithPathsFrom(folder, *document), trusted);
  }
  if ((*document)["profiles"].exists()) return ParseCliProfile(*document);
  if ((*document)["auth"].exists()) return ParseSdkConfig(*document, trusted);
  return InvalidField("credentials",
                      "is neither a kubeconfig (kind: Config), nor a CLI "
                      "profile (profiles), nor an SDK configuration (auth)");
}

}  // namespace evroc::cloud
