#include "services/evroc/connection/scope_resolver.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/sha256.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/credentials/parse_credential.h"

namespace evroc::cloud {
namespace {

absl::Status CheckSource(const ScopeRequest& request) {
  if (request.credential_content.size() > ScopeResolver::kMaxCredentialBytes) {
    return InvalidField(
        "scope.credentials.content",
        absl::StrCat("has ", request.credential_content.size(),
                     " bytes, more than ", ScopeResolver::kMaxCredentialBytes));
  }
  if (request.credential_content.empty() && request.credential_name.empty()) {
    return InvalidField("scope.credentials", "is missing");
  }
  if (!request.credential_name.empty() &&
      request.spec.endpoints != Endpoints{}) {
    return InvalidField("scope.endpoints",
                        "can't be given with a named credential");
  }
  return absl::OkStatus();
}

std::string DigestOf(const ScopeResolver::Source& source,
                     const Endpoints& endpoints) {
  return Sha256Hex(
      absl::StrJoin({std::string(source.trusted ? "trusted" : "request"),
                     Sha256Hex(source.content), endpoints.api_base_url,
                     endpoints.issuer_url, endpoints.client_id},
                    "\n"));
}

}  // namespace

absl::StatusOr<ScopeResolver::Source> ScopeResolver::Load(
    const ScopeRequest& request) const {
  EVROC_RETURN_IF_ERROR(CheckSource(request));
  Source source{.content = request.credential_content};
  if (!request.credential_name.empty()) {
    EVROC_ASSIGN_OR_RETURN(source.content,
                           credential_files_.Load(request.credential_name));
    source.trusted = true;
  }
  source.key = DigestOf(source, request.spec.endpoints);
  return source;
}

absl::StatusOr<Target> ScopeResolver::Resolve(const Source& source,
                                              const TargetSpec& spec) const {
  EVROC_ASSIGN_OR_RETURN(
      Credential credential,
      source.trusted
          ? ParseCredential(source.content, CredentialOrigin::kDirectory,
                            credential_files_.path())
          : ParseCredential(source.content, CredentialOrigin::kRequest));
  return ResolveTarget(std::move(credential), spec, flags_);
}

}  // namespace evroc::cloud
