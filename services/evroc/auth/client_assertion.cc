#include "services/evroc/auth/client_assertion.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/jwt.h"

namespace evroc::cloud {
namespace {

// Returns 16 random bytes in lower-case hexadecimal.
std::string RandomId() {
  thread_local absl::BitGen random;
  return absl::StrCat(
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

absl::StatusOr<std::string> MakeClientAssertion(const RsaKey& key,
                                                absl::string_view client_id,
                                                absl::string_view token_url,
                                                absl::Time now) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  return SignJwt(key, Json::Object({{"jti", RandomId()},
                                    {"iss", client_id},
                                    {"sub", client_id},
                                    {"aud", token_url},
                                    {"iat", seconds},
                                    {"nbf", seconds},
                                    {"exp", seconds + 300}}));
}

}  // namespace evroc::cloud
