// IP address blocks in CIDR notation, IPv4 and IPv6, and the one form that
// addresses are compared and written in: RFC 5952, and IPv4 for what is mapped
// from it. Values and a pure function.

#ifndef COMMON_NET_CIDR_H_
#define COMMON_NET_CIDR_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc {

class Cidr {
 public:
  // INVALID_ARGUMENT, which says what is wrong, for anything but "10.0.0.0/16"
  // or "2001:db8::/32", and if bits after the prefix are set.
  static absl::StatusOr<Cidr> Parse(absl::string_view text);

  // As Parse, but clears bits after the prefix: "10.0.1.2/16" is 10.0.0.0/16.
  static absl::StatusOr<Cidr> ParseMasked(absl::string_view text);

  // As Parse, but also accepts a bare address as a block of one.
  static absl::StatusOr<Cidr> ParseAddressOrBlock(absl::string_view text);

  // A bare address, "10.0.0.1" or "::1", as a block of one. INVALID_ARGUMENT
  // for anything else.
  static absl::StatusOr<Cidr> ParseAddress(absl::string_view text);

  bool is_ipv4() const { return ipv4_; }
  // The prefix length in bits, up to 32 for IPv4 and 128 for IPv6.
  int prefix() const { return prefix_; }

  bool Contains(const Cidr& other) const;
  bool Overlaps(const Cidr& other) const;

  // The lowest and the highest address of an IPv4 block, in host byte order.
  uint32_t first_ipv4() const;
  uint32_t last_ipv4() const;

  // One of the 2^`bits` equal parts of the block; the first has index 0. The
  // block must be large enough.
  Cidr Part(int bits, int index) const;

  std::string ToString() const;

  friend bool operator==(const Cidr&, const Cidr&) = default;

 private:
  // The same block as an IPv4 one, if it is mapped from such (::ffff:0:0/96).
  Cidr Unmapped() const;
  bool SharesBits(const Cidr& other, int count) const;
  bool bit(int index) const {
    return (bytes_[index / 8] >> (7 - index % 8) & 1) != 0;
  }
  int width() const { return ipv4_ ? 32 : 128; }

  std::array<uint8_t, 16> bytes_ = {};
  bool ipv4_ = true;
  int prefix_ = 0;
};

// The canonical text of an address or a block: "2001:db8::3" for
// "2001:DB8:0::0:3", "10.0.0.1" for "::ffff:10.0.0.1". Anything else is
// returned as it is.
std::string CanonicalAddress(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_NET_CIDR_H_
