// IPv4 addresses as numbers in host byte order. Pure functions.

#ifndef COMMON_NET_IPV4_H_
#define COMMON_NET_IPV4_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

// The address in `text`, such as "10.0.0.1"; nullopt for anything else.
std::optional<uint32_t> ParseIpv4(absl::string_view text);
std::string FormatIpv4(uint32_t address);

}  // namespace evroc

#endif  // COMMON_NET_IPV4_H_
