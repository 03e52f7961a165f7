// Fuzzes the RSA key of a service account: a key that is taken signs.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/crypto/rsa_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto jwk =
      evroc::Json::Parse({reinterpret_cast<const char*>(data), size});
  if (!jwk.ok()) return 0;
  const auto key = evroc::RsaKey::FromJwk(*jwk);
  if (!key.ok() || !(*jwk)["d"].exists()) return 0;
  const auto signature = key->Sign("text");
  if (!signature.ok() || !key->Verify("text", *signature)) __builtin_trap();
  return 0;
}
