// Parses and builds URLs with libcurl's parser, so that the HTTP client reads
// each URL in the same way. Pure functions.

#ifndef COMMON_HTTP_URL_H_
#define COMMON_HTTP_URL_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc {

struct Url {
  std::string scheme;     // "http" or "https"
  std::string host;       // IPv6 addresses in brackets
  std::string port;       // the scheme's where the URL has none
  std::string authority;  // host, and port where the URL has one
  std::string path;       // at least "/"; without "?…" and "#…"
};

// Parses an absolute http or https URL with a host and without user info.
// INVALID_ARGUMENT, which never quotes the text, for anything else. Numeric
// hosts are normalised.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

// Returns the URL with another host; empty if either is malformed.
std::string ReplaceHost(absl::string_view url, absl::string_view host);

// Returns the host of an authority, without port and brackets.
absl::string_view HostOf(absl::string_view authority);

// Joins with exactly one "/": ("https://h/a/", "/b") is "https://h/a/b", which
// resolving a reference, as libcurl would, is not.
std::string JoinUrl(absl::string_view base, absl::string_view path);

// Escapes all characters but RFC 3986's unreserved ones.
std::string EscapeUrlComponent(absl::string_view text);

// application/x-www-form-urlencoded, in the given order.
std::string EncodeForm(
    const std::vector<std::pair<std::string, std::string>>& fields);

// Decodes "+" and "%41" as in forms and queries; malformed escapes stay.
std::string UnescapeForm(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_HTTP_URL_H_
