// IPv4 blocks and addresses. Values and pure functions.

#ifndef TESTS_EVROC_SIM_MODEL_CIDR_H_
#define TESTS_EVROC_SIM_MODEL_CIDR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evroc::sim {

struct Ipv4Block {
  uint32_t first = 0;  // host byte order; bits below the prefix are zero
  int prefix = 0;

  uint32_t last() const {
    return first | static_cast<uint32_t>(uint64_t{UINT32_MAX} >> prefix);
  }
  bool Contains(const Ipv4Block& other) const {
    return first <= other.first && other.last() <= last();
  }
  bool Overlaps(const Ipv4Block& other) const {
    return first <= other.last() && other.first <= last();
  }
};

// Parses "10.0.0.0/16"; nullopt if malformed or if bits below the prefix are
// set.
std::optional<Ipv4Block> ParseIpv4Block(absl::string_view text);
std::optional<uint32_t> ParseIpv4(absl::string_view text);
std::string FormatIpv4(uint32_t address);

// Whether `text` is an IPv4 or IPv6 address or block.
bool IsAddressOrBlock(absl::string_view text);

// Whether the block is inside 10/8, 172.16/12 or 192.168/16 (RFC 1918).
bool IsPrivate(const Ipv4Block& block);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_CIDR_H_
