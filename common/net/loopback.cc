#include "common/net/loopback.h"

#include <cstdint>
#include <optional>

#include "common/net/ipv4.h"

namespace evroc {

bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  const std::optional<uint32_t> address = ParseIpv4(host);
  return address.has_value() && *address >> 24 == 127;
}

}  // namespace evroc
