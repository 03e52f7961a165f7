// The rules for addresses and blocks in requests. Pure functions.

#ifndef TESTS_EVROC_SIM_RULES_ADDRESSES_H_
#define TESTS_EVROC_SIM_RULES_ADDRESSES_H_

#include "absl/strings/string_view.h"
#include "common/net/cidr.h"

namespace evroc::sim {

// Whether `text` is an IPv4 or IPv6 address or block. More lenient than Cidr:
// the address of a block may have bits after the prefix.
bool IsAddressOrBlock(absl::string_view text);

// Whether the block is inside 10/8, 172.16/12 or 192.168/16 (RFC 1918).
bool IsPrivate(const Cidr& block);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_ADDRESSES_H_
