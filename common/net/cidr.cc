#include "common/net/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace evroc {

absl::StatusOr<Cidr> Cidr::ParseAddress(absl::string_view text) {
  Cidr block;
  block.ipv4_ = !absl::StrContains(text, ':');
  const std::string address(text);
  if (inet_pton(block.ipv4_ ? AF_INET : AF_INET6, address.c_str(),
                block.bytes_.data()) != 1) {
    return absl::InvalidArgumentError("is not an IP address");
  }
  block.prefix_ = block.width();
  return block.Unmapped();
}

Cidr Cidr::Unmapped() const {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                               0, 0, 0, 0, 0xff, 0xff};
  constexpr int kMappedBits = 96;
  if (ipv4_ || prefix_ < kMappedBits ||
      !std::equal(kMapped.begin(), kMapped.end(), bytes_.begin())) {
    return *this;
  }
  Cidr block;
  block.prefix_ = prefix_ - kMappedBits;
  std::copy(bytes_.begin() + kMapped.size(), bytes_.end(),
            block.bytes_.begin());
  return block;
}

absl::StatusOr<Cidr> Cidr::ParseMasked(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) {
    return absl::InvalidArgumentError("has no prefix length (\"/16\")");
  }
  absl::StatusOr<Cidr> block = ParseAddress(text.substr(0, slash));
  if (!block.ok()) return block;
  const absl::string_view digits = text.substr(slash + 1);
  // Of an address that is mapped from IPv4 in the text of IPv6.
  const int mapped_bits =
      block->is_ipv4() && absl::StrContains(text, ':') ? 96 : 0;
  int prefix = -1;
  const bool is_number =
      !digits.empty() && digits.size() <= 3 &&
      digits.find_first_not_of("0123456789") == digits.npos &&
      absl::SimpleAtoi(digits, &prefix);
  prefix -= mapped_bits;
  if (!is_number || prefix < 0 || prefix > block->width()) {
    return absl::InvalidArgumentError("has no proper prefix length");
  }
  block->prefix_ = prefix;
  for (int i = prefix; i < block->width(); ++i) {
    block->bytes_[i / 8] &= static_cast<uint8_t>(~(0x80 >> i % 8));
  }
  return block;
}

absl::StatusOr<Cidr> Cidr::Parse(absl::string_view text) {
  absl::StatusOr<Cidr> block = ParseMasked(text);
  if (!block.ok()) return block;
  if (block->bytes_ != ParseAddress(text.substr(0, text.find('/')))->bytes_) {
    return absl::InvalidArgumentError(
        "is an address inside a block, not a block");
  }
  return block;
}

absl::StatusOr<Cidr> Cidr::ParseAddressOrBlock(absl::string_view text) {
  return absl::StrContains(text, '/') ? Parse(text) : ParseAddress(text);
}

bool Cidr::SharesBits(const Cidr& other, int count) const {
  if (ipv4_ != other.ipv4_) return false;
  for (int i = 0; i < count; ++i) {
    if (bit(i) != other.bit(i)) return false;
  }
  return true;
}

bool Cidr::Contains(const Cidr& other) const {
  return prefix_ <= other.prefix_ && SharesBits(other, prefix_);
}

bool Cidr::Overlaps(const Cidr& other) const {
  return SharesBits(other, std::min(prefix_, other.prefix_));
}

uint32_t Cidr::first_ipv4() const {
  CHECK(ipv4_) << ToString();
  uint32_t address = 0;
  for (int i = 0; i < 4; ++i) address = address << 8 | bytes_[i];
  return address;
}

uint32_t Cidr::last_ipv4() const {
  return first_ipv4() | static_cast<uint32_t>(uint64_t{UINT32_MAX} >> prefix_);
}

Cidr Cidr::Part(int bits, int index) const {
  CHECK_LE(prefix_ + bits, width()) << ToString();
  Cidr part = *this;
  part.prefix_ += bits;
  for (int i = part.prefix_ - 1; i >= prefix_; --i, index >>= 1) {
    if ((index & 1) != 0) part.bytes_[i / 8] |= 0x80 >> i % 8;
  }
  CHECK_EQ(index, 0) << ToString();
  return part;
}

std::string Cidr::ToString() const {
  char address[INET6_ADDRSTRLEN] = "";
  inet_ntop(ipv4_ ? AF_INET : AF_INET6, bytes_.data(), address,
            sizeof(address));
  return absl::StrCat(address, "/", prefix_);
}

std::string CanonicalAddress(absl::string_view text) {
  const absl::StatusOr<Cidr> parsed = Cidr::ParseAddressOrBlock(text);
  if (!parsed.ok()) return std::string(text);
  const std::string canonical = parsed->ToString();
  return absl::StrContains(text, '/')
             ? canonical
             : canonical.substr(0, canonical.find('/'));
}

}  // namespace evroc
