// Fuzzes answers of a token endpoint: the first byte selects the status.

#include <cstddef>
#include <cstdint>
#include <string>

#include "services/evroc/auth/oauth_token_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const evroc::HttpResponse response{
      .status = data[0] % 2 == 0 ? 200 : 300 + data[0],
      .headers = {{"Content-Type", "application/json"}},
      .body = std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
  std::string refresh_token;
  (void)evroc::cloud::ParseTokenResponse(
      response, absl::FromUnixSeconds(1'800'000'000), &refresh_token);
  return 0;
}
