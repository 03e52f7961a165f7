#include "common/http/url.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace evroc {
namespace {

struct CurlFree {
  void operator()(char* text) const { curl_free(text); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// Owns a string that libcurl made.
using CurlString = std::unique_ptr<char, CurlFree>;

// Owns a CURLU.
class CurlUrl {
 public:
  bool Set(CURLUPart part, absl::string_view value, unsigned flags = 0) {
    return curl_url_set(url_.get(), part, std::string(value).c_str(), flags) ==
           CURLUE_OK;
  }
  // Empty where the URL has no such part.
  std::string Get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    curl_url_get(url_.get(), part, &text, flags);
    const CurlString owned(text);
    return owned == nullptr ? "" : owned.get();
  }

 private:
  const std::unique_ptr<CURLU, CurlFree> url_{curl_url()};
};

// libcurl alone would take one to three slashes, and other schemes.
bool Parse(absl::string_view text, CurlUrl& url) {
  absl::string_view rest = text;
  return (absl::ConsumePrefix(&rest, "https://") ||
          absl::ConsumePrefix(&rest, "http://")) &&
         !absl::StartsWith(rest, "/") &&
         url.Set(CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
}

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  CurlUrl url;
  if (!Parse(text, url)) {
    return absl::InvalidArgumentError(
        "an http:// or https:// URL with a host, and without spaces, user name "
        "and password, is wanted");
  }
  const std::string host = url.Get(CURLUPART_HOST);
  const std::string port = url.Get(CURLUPART_PORT);
  return Url{.scheme = url.Get(CURLUPART_SCHEME),
             .host = host,
             .port = url.Get(CURLUPART_PORT, CURLU_DEFAULT_PORT),
             .authority = absl::StrCat(host, port.empty() ? "" : ":", port),
             .path = url.Get(CURLUPART_PATH)};
}

std::string ReplaceHost(absl::string_view url, absl::string_view host) {
  CurlUrl parts;
  if (!Parse(url, parts) || !parts.Set(CURLUPART_HOST, host)) return "";
  return parts.Get(CURLUPART_URL);
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
  if (text.empty()) return "";  // libcurl would look for a terminating zero
  return CurlString(curl_easy_escape(nullptr, text.data(),
                                     static_cast<int>(text.size())))
      .get();
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
  const std::string spaced = absl::StrReplaceAll(text, {{"+", " "}});
  int size = 0;
  const CurlString plain(curl_easy_unescape(
      nullptr, spaced.c_str(), static_cast<int>(spaced.size()), &size));
  return {plain.get(), static_cast<size_t>(size)};
}

}  // namespace evroc
