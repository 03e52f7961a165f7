#include "services/evroc/connection/target.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "common/http/url.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/credentials/oidc_defaults.h"
#include "services/evroc/kcp/kcp_channel.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kDefaultRegion = "se-sto";

std::string FirstOf(std::initializer_list<absl::string_view> texts) {
  for (const absl::string_view text : texts) {
    if (!text.empty()) return std::string(text);
  }
  return "";
}

absl::Status CheckUrl(absl::string_view field, absl::string_view url,
                      absl::string_view which = "") {
  if (url.empty() || ParseUrl(url).ok()) return absl::OkStatus();
  return InvalidField(field,
                      absl::StrCat(which, "is not an http or https URL"));
}

// Part of URLs and references, so it must not change their meaning.
absl::Status CheckSegment(absl::string_view field, absl::string_view text,
                          bool may_have_colon) {
  for (const char c : text) {
    const bool legal = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       c == '-' || c == '_' || c == '.' ||
                       (may_have_colon && c == ':');
    if (!legal) {
      return InvalidField(field, "has a character that is not allowed");
    }
  }
  // A URL leads elsewhere by such a segment.
  for (const absl::string_view word : absl::StrSplit(text, ':')) {
    if (word == "." || word == "..") {
      return InvalidField(field, "is not a name");
    }
  }
  return absl::OkStatus();
}

void ResolveTokens(const TargetSpec& spec, const Endpoints& flags,
                   TokenConfig& token) {
  if (!spec.endpoints.client_id.empty()) {
    token.client_id = spec.endpoints.client_id;
  }
  if (!spec.endpoints.issuer_url.empty()) {
    token.issuer_url.clear();
    token.token_url = JoinUrl(spec.endpoints.issuer_url, kTokenPath);
  }
  if (token.token_url.empty() && token.issuer_url.empty()) {
    token.token_url =
        JoinUrl(FirstOf({flags.issuer_url, kIssuerUrl}), kTokenPath);
  }
}

void ResolveKcp(const TargetSpec& spec, Target& target) {
  const std::string server =
      FirstOf({spec.endpoints.api_base_url, target.credential.api_url});
  target.project =
      FirstOf({spec.project, KcpProjectOf(server), target.credential.project});
  target.api_url = KcpWorkspaceUrl(server, target.project);
}

void ResolveRest(const TargetSpec& spec, const Endpoints& flags,
                 Target& target) {
  target.project = FirstOf({spec.project, target.credential.project});
  target.api_url =
      FirstOf({spec.endpoints.api_base_url, target.credential.api_url,
               flags.api_base_url, kApiUrl});
}

}  // namespace

absl::StatusOr<Target> ResolveTarget(Credential credential,
                                     const TargetSpec& spec,
                                     const Endpoints& flags) {
  EVROC_RETURN_IF_ERROR(
      CheckUrl("scope.endpoints.api_base_url", spec.endpoints.api_base_url));
  EVROC_RETURN_IF_ERROR(
      CheckUrl("scope.endpoints.issuer_url", spec.endpoints.issuer_url));
  EVROC_RETURN_IF_ERROR(
      CheckUrl("scope.credentials", credential.api_url, "the API's URL "));
  EVROC_RETURN_IF_ERROR(CheckUrl("scope.credentials",
                                 credential.token.token_url, "the token URL "));
  Target target{.credential = std::move(credential)};
  const bool is_kcp = target.credential.dialect == Dialect::kKcp;
  if (is_kcp) {
    ResolveKcp(spec, target);
  } else {
    ResolveRest(spec, flags, target);
  }
  target.region =
      FirstOf({spec.region, target.credential.region, kDefaultRegion});
  ResolveTokens(spec, flags, target.credential.token);
  if (target.project.empty()) {
    return InvalidField("scope.project",
                        "is missing, and the credential names no project");
  }
  EVROC_RETURN_IF_ERROR(CheckSegment("scope.project", target.project, is_kcp));
  EVROC_RETURN_IF_ERROR(CheckSegment("scope.region", target.region, false));
  return target;
}

}  // namespace evroc::cloud
