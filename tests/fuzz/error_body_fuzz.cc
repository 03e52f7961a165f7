// Fuzzes error answers: the first byte selects the status, the second the verb.

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/status/error_details.h"
#include "common/status/status_grpc.h"
#include "services/evroc/http/http_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const evroc::HttpResponse response{
      .status = 300 + data[0],
      .headers = {{"Retry-After",
                   std::string(reinterpret_cast<const char*>(data), size)}},
      .body = std::string(reinterpret_cast<const char*>(data) + 2, size - 2)};
  const auto verb = static_cast<evroc::cloud::Verb>(data[1] % 6);
  const absl::Status error = evroc::cloud::ErrorOf(response, {verb, "object"});
  if (error.ok()) __builtin_trap();
  (void)evroc::DetailsOf(evroc::FromGrpcStatus(evroc::ToGrpcStatus(error)));
  return 0;
}
