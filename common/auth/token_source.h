// Where bearer tokens come from.
//
// CachingTokenSource is what clients hold; the others make one token each time
// they are asked. Thread-safe, every implementation.

#ifndef COMMON_AUTH_TOKEN_SOURCE_H_
#define COMMON_AUTH_TOKEN_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"

namespace evroc {

struct AccessToken {
  std::string value;  // secret; empty: calls carry no token
  absl::Time expiry = absl::InfiniteFuture();
};

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // UNAUTHENTICATED if the credential is refused, UNAVAILABLE if the issuer
  // can't be reached; never with the credential in the text.
  virtual absl::StatusOr<AccessToken> Fetch(const CallContext& context) = 0;
};

}  // namespace evroc

#endif  // COMMON_AUTH_TOKEN_SOURCE_H_
