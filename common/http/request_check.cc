#include "common/http/request_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace evroc {
namespace {

bool IsToken(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) ||
                  absl::string_view("!#$%&'*+-.^_`|~")
                          .find(static_cast<char>(c)) !=
                      absl::string_view::npos;
         });
}

bool IsFieldValue(absl::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_iscntrl(c) && c != '\t';
  });
}

// Servers and libcurl resolve such segments, also in escaped form.
bool LeadsElsewhere(absl::string_view url) {
  const absl::string_view path = url.substr(0, url.find_first_of("?#"));
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (segment.size() > 6) continue;
    const std::string plain =
        absl::StrReplaceAll(segment, {{"%2e", "."}, {"%2E", "."}});
    if (plain == "." || plain == "..") return true;
  }
  return false;
}

}  // namespace

absl::Status CheckRequest(const HttpRequest& request) {
  if (!IsToken(request.method)) {
    return absl::InvalidArgumentError("the method is no HTTP token");
  }
  if (!std::all_of(request.url.begin(), request.url.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError(
        "the URL has a character that is not visible ASCII");
  }
  if (LeadsElsewhere(request.url)) {
    return absl::InvalidArgumentError(R"(the URL has a segment "." or "..")");
  }
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) {
      return absl::InvalidArgumentError("a header's name is no HTTP token");
    }
    if (!IsFieldValue(value)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the header ", name, " has a character that HTTP does not allow"));
    }
  }
  return absl::OkStatus();
}

}  // namespace evroc
