#include "common/http/url.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc {
namespace {

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  Url url;
  if (absl::ConsumePrefix(&text, "https://")) {
    url.scheme = "https";
  } else if (absl::ConsumePrefix(&text, "http://")) {
    url.scheme = "http";
  } else {
    return absl::InvalidArgumentError(
        "a URL that starts with https:// or http:// is wanted");
  }
  for (const char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("a URL has no spaces");
    }
  }
  text = text.substr(0, text.find_first_of("?#"));
  const size_t slash = text.find('/');
  const absl::string_view authority = text.substr(0, slash);
  if (authority.empty() || absl::StrContains(authority, "@")) {
    return absl::InvalidArgumentError(
        "a URL with a host, and without user name or password, is wanted");
  }
  url.authority = std::string(authority);
  if (slash != absl::string_view::npos) {
    url.path = std::string(text.substr(slash));
  }
  return url;
}

absl::string_view HostOf(absl::string_view authority) {
  if (absl::ConsumePrefix(&authority, "[")) {
    return authority.substr(0, authority.find(']'));
  }
  return authority.substr(0, authority.rfind(':'));
}

std::string JoinUrl(absl::string_view base, absl::string_view path) {
  while (absl::ConsumeSuffix(&base, "/")) {
  }
  while (absl::ConsumePrefix(&path, "/")) {
  }
  return absl::StrCat(base, "/", path);
}

std::string EscapeUrlComponent(absl::string_view text) {
  constexpr absl::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

std::string EncodeForm(
    const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&out, out.empty() ? "" : "&", EscapeUrlComponent(name), "=",
                    EscapeUrlComponent(value));
  }
  return out;
}

std::string UnescapeForm(absl::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return plain;
}

}  // namespace evroc
