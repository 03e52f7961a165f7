// The source of bearer tokens.
//
// Clients hold a CachingTokenSource; the other sources produce one token for
// each Fetch. Every implementation is thread-safe.

#ifndef COMMON_AUTH_TOKEN_SOURCE_H_
#define COMMON_AUTH_TOKEN_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"

namespace evroc {

struct AccessToken {
  std::string value;  // secret; empty: calls carry no token
  // By the source's Clock, as all times here.
  absl::Time expiry = absl::InfiniteFuture();
  // From then on another one may be there; shortly before its expiry in any
  // case.
  absl::Time renew_at = absl::InfiniteFuture();
};

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // UNAUTHENTICATED if the credential is refused, UNAVAILABLE if the issuer
  // can't be reached; the message never contains the credential.
  virtual absl::StatusOr<AccessToken> Fetch(const CallContext& context) = 0;
};

}  // namespace evroc

#endif  // COMMON_AUTH_TOKEN_SOURCE_H_
