#include "common/names/dns_label.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"

namespace evroc {
namespace {

constexpr size_t kHashLength = 8;

bool IsLowerAlnum(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
         absl::ascii_islower(static_cast<unsigned char>(c));
}

}  // namespace

bool IsDnsLabel(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxDnsLabel &&
         IsLowerAlnum(text.front()) && IsLowerAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

std::string ReadableLabel(absl::string_view text) {
  std::string readable;
  for (const char c : absl::AsciiStrToLower(text)) {
    if (IsLowerAlnum(c)) {
      readable.push_back(c);
    } else if (!readable.empty() && readable.back() != '-') {
      readable.push_back('-');
    }
  }
  while (!readable.empty() && readable.back() == '-') readable.pop_back();
  return readable;
}

std::string DnsLabelOf(absl::string_view text) {
  if (IsDnsLabel(text)) return std::string(text);
  const std::string hash = Sha256Hex(text).substr(0, kHashLength);
  const std::string readable = ReadableLabel(
      ReadableLabel(text).substr(0, kMaxDnsLabel - kHashLength - 1));
  return readable.empty() ? hash : absl::StrCat(readable, "-", hash);
}

}  // namespace evroc
