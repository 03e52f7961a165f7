// What may follow "Bearer " in an Authorization header. Pure functions.

#ifndef COMMON_AUTH_BEARER_TOKEN_H_
#define COMMON_AUTH_BEARER_TOKEN_H_

#include "absl/strings/string_view.h"

namespace evroc {

// Whether it is a b64token (RFC 6750, section 2.1).
bool IsB64Token(absl::string_view token);

// Whether it is one word of visible ASCII, which a header may hold (RFC 9110,
// section 5.5): some Kubernetes servers issue tokens with a colon.
bool IsVisibleWord(absl::string_view token);

}  // namespace evroc

#endif  // COMMON_AUTH_BEARER_TOKEN_H_
