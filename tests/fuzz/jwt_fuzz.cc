// Fuzzes what is read of tokens, which issuers and users make.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/auth/bearer_token.h"
#include "common/crypto/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view token(reinterpret_cast<const char*>(data), size);
  (void)evroc::JwtExpiry(token);
  if (evroc::IsB64Token(token) && !evroc::IsVisibleWord(token)) {
    __builtin_trap();
  }
  return 0;
}
