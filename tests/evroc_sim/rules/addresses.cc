#include "tests/evroc_sim/rules/addresses.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace evroc::sim {
namespace {

bool IsPrefix(absl::string_view text, int longest) {
  int prefix = 0;
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &prefix) && prefix <= longest;
}

}  // namespace

bool IsAddressOrBlock(absl::string_view text) {
  const size_t slash = text.find('/');
  const auto address = Cidr::ParseAddress(text.substr(0, slash));
  if (!address.ok()) return false;
  return slash == absl::string_view::npos ||
         IsPrefix(text.substr(slash + 1),
                  absl::StrContains(text, ':') ? 128 : 32);
}

bool IsPrivate(const Cidr& block) {
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
    if (Cidr::Parse(text)->Contains(block)) return true;
  }
  return false;
}

}  // namespace evroc::sim
