// JSON Web Tokens signed with RS256 (RFC 7519). Pure functions.

#ifndef COMMON_CRYPTO_JWT_H_
#define COMMON_CRYPTO_JWT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/crypto/rsa_key.h"
#include "common/json/json.h"

namespace evroc {

// Returns a token with these claims; its header names the key if it has an id.
// Errors of RsaKey::Sign.
absl::StatusOr<std::string> SignJwt(const RsaKey& key, JsonView claims);

// Returns the claims of a token that the key has signed. INVALID_ARGUMENT,
// which never quotes the token, for anything else. Times are not checked.
absl::StatusOr<Json> VerifyJwt(const RsaKey& key, absl::string_view token);

// Returns the claims of a token without checking its signature, for a client's
// use of its own token.
absl::StatusOr<Json> ReadJwtUnverified(absl::string_view token);

// Returns "exp" of a token, unverified; nullopt if there is none.
std::optional<absl::Time> JwtExpiry(absl::string_view token);

}  // namespace evroc

#endif  // COMMON_CRYPTO_JWT_H_
