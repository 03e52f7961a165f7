// Signs the assertion that a service account exchanges for a token
// (evroc-api.md B.2.4). A pure function, except for the randomness of "jti".

#ifndef SERVICES_EVROC_AUTH_CLIENT_ASSERTION_H_
#define SERVICES_EVROC_AUTH_CLIENT_ASSERTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/crypto/rsa_key.h"

namespace evroc::cloud {

// Valid for one use within five minutes. Errors of RsaKey::Sign.
absl::StatusOr<std::string> MakeClientAssertion(const RsaKey& key,
                                                absl::string_view client_id,
                                                absl::string_view token_url,
                                                absl::Time now);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_AUTH_CLIENT_ASSERTION_H_
