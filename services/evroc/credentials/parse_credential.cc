#include "services/evroc/credentials/parse_credential.h"

#include <string>

#include "absl/strings/escaping.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/yaml.h"
#include "services/evroc/credentials/cli_profile.h"
#include "services/evroc/credentials/kubeconfig.h"
#include "services/evroc/credentials/sdk_config.h"

namespace evroc::cloud {

namespace {

enum class Form { kNone, kKubeconfig, kCliProfile, kSdkConfig };

bool IsKubeconfig(JsonView document) {
  return document["kind"].String() == "Config" ||
         document["clusters"].is_array();
}

bool HasSeveralForms(JsonView document) {
  return int{IsKubeconfig(document)} + int{document["profiles"].exists()} +
             int{document["auth"].exists()} >
         1;
}

Form FormOf(JsonView document) {
  if (IsKubeconfig(document)) return Form::kKubeconfig;
  if (document["profiles"].exists()) return Form::kCliProfile;
  if (document["auth"].exists()) return Form::kSdkConfig;
  return Form::kNone;
}

// Whether it is base64 of a credential.
bool IsEncoded(absl::string_view content) {
  std::string decoded;
  if (!absl::Base64Unescape(content, &decoded)) return false;
  const absl::StatusOr<Json> document = ParseUnambiguousYaml(decoded);
  return document.ok() && FormOf(*document) != Form::kNone;
}

}  // namespace

absl::StatusOr<Credential> ParseCredential(absl::string_view content,
                                           CredentialOrigin origin,
                                           absl::string_view folder) {
  if (content.empty()) return InvalidField("credentials", "is empty");
  const absl::StatusOr<Json> document = ParseUnambiguousYaml(content);
  if (!document.ok()) {
    return InvalidField("credentials", document.status().message());
  }
  if (HasSeveralForms(*document)) {
    return InvalidField("credentials",
                        "is two of a kubeconfig (kind: Config), a CLI profile "
                        "(profiles) and an SDK configuration (auth) in one");
  }
  const bool trusted = origin == CredentialOrigin::kDirectory;
  switch (FormOf(*document)) {
    case Form::kKubeconfig:
      return CredentialOfKubeconfig(WithPathsFrom(folder, *document), trusted);
    case Form::kCliProfile:
      return ParseCliProfile(*document);
    case Form::kSdkConfig:
      return ParseSdkConfig(*document, trusted);
    case Form::kNone:
      break;
  }
  if (IsEncoded(content)) {
    return InvalidField("credentials",
                        "is base64 of a credential: it was encoded twice");
  }
  return InvalidField("credentials",
                      "is neither a kubeconfig (kind: Config), nor a CLI "
                      "profile (profiles), nor an SDK configuration (auth)");
}

}  // namespace evroc::cloud
