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
  absl::Time expiry = absl::InfiniteFuture();  // by the source's Clock
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
