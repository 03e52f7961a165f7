// Authenticates requests: by bearer token, or by a client certificate that
// --client-ca has signed. Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_AUTHENTICATOR_H_
#define TESTS_EVROC_SIM_IAM_AUTHENTICATOR_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// UNAUTHENTICATED if the request has neither.
absl::StatusOr<Identity> Authenticate(const Request& request,
                                      TokenIssuer& issuer);

// Whether the identity may access the project.
bool MayEnter(const Identity& identity, absl::string_view project);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_AUTHENTICATOR_H_
