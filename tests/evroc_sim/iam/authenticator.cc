#include "tests/evroc_sim/iam/authenticator.h"

#include "absl/strings/strip.h"

namespace evroc::sim {

absl::StatusOr<Identity> Authenticate(const Request& request,
                                      TokenIssuer& issuer) {
  absl::string_view header = FindHeader(request.headers, "Authorization");
  if (absl::ConsumePrefix(&header, "Bearer ")) return issuer.Check(header);
  if (request.has_client_certificate) {
    return Identity{.subject = "client certificate"};
  }
  return absl::UnauthenticatedError("no bearer token");
}

bool MayEnter(const Identity& identity, absl::string_view project) {
  return identity.project.empty() || identity.project == project;
}

}  // namespace evroc::sim
