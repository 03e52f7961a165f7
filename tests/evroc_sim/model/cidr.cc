#include "tests/evroc_sim/model/cidr.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evroc::sim {
namespace {

std::optional<int> ParsePrefix(absl::string_view text, int longest) {
  int prefix = 0;
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !absl::SimpleAtoi(text, &prefix) || prefix > longest) {
    return std::nullopt;
  }
  return prefix;
}

}  // namespace

std::optional<uint32_t> ParseIpv4(absl::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) {
    return std::nullopt;
  }
  return ntohl(address.s_addr);
}

std::string FormatIpv4(uint32_t address) {
  return absl::StrCat(address >> 24, ".", address >> 16 & 255, ".",
                      address >> 8 & 255, ".", address & 255);
}

std::optional<Ipv4Block> ParseIpv4Block(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) return std::nullopt;
  const auto address = ParseIpv4(text.substr(0, slash));
  const auto prefix = ParsePrefix(text.substr(slash + 1), 32);
  if (!address.has_value() || !prefix.has_value()) return std::nullopt;
  const Ipv4Block block{.first = *address, .prefix = *prefix};
  const uint32_t mask = *prefix == 0 ? 0 : UINT32_MAX << (32 - *prefix);
  if ((*address & ~mask) != 0) return std::nullopt;
  return block;
}

bool IsAddressOrBlock(absl::string_view text) {
  const size_t slash = text.find('/');
  const std::string host(text.substr(0, slash));
  in6_addr v6{};
  const bool is_v4 = ParseIpv4(host).has_value();
  if (!is_v4 && inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  if (slash == absl::string_view::npos) return true;
  return ParsePrefix(text.substr(slash + 1), is_v4 ? 32 : 128).has_value();
}

bool IsPrivate(const Ipv4Block& block) {
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
    if (ParseIpv4Block(text)->Contains(block)) return true;
  }
  return false;
}

}  // namespace evroc::sim
