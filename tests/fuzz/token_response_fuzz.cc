// Fuzzes answers of a token endpoint: the first byte selects the status.

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/time/clock.h"
#include "services/evroc/auth/oauth_token_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const evroc::HttpResponse response{
      .status = data[0] % 2 == 0 ? 200 : 300 + data[0],
      .headers = {{"Content-Type", "application/json"}},
      .body = std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
  std::string refresh_token;
  (void)evroc::cloud::ParseTokenResponse(response, evroc::Clock::Real(),
                                         &refresh_token);
  return 0;
}
