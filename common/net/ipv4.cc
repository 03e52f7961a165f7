#include "common/net/ipv4.h"

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"

namespace evroc {

std::optional<uint32_t> ParseIpv4(absl::string_view text) {
  in_addr address = {};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) {
    return std::nullopt;
  }
  return ntohl(address.s_addr);
}

std::string FormatIpv4(uint32_t address) {
  return absl::StrCat(address >> 24, ".", address >> 16 & 255, ".",
                      address >> 8 & 255, ".", address & 255);
}

}  // namespace evroc
