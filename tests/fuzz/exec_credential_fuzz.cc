// Fuzzes what the commands of credentials print.

#include <cstddef>
#include <cstdint>

#include "common/auth/exec_token_source.h"
#include "common/time/clock.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto token = evroc::ParseExecCredential(
      {reinterpret_cast<const char*>(data), size}, evroc::Clock::Real());
  if (token.ok() && token->value.empty()) __builtin_trap();
  return 0;
}
