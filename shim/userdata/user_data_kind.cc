#include "shim/userdata/user_data_kind.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/json/json.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kJinjaHeader = "## template: jinja";

// cloud-init looks for this header no further.
constexpr size_t kMimeHeaderBytes = 4096;

struct Known {
  absl::string_view beginning;  // in lower case
  absl::string_view content_type;
  UserDataKind kind;
};

// A longer beginning comes before its own prefix. A JSON patch has no kind: it
// changes what other parts have merged before it.
constexpr Known kKinds[] = {
    {"#cloud-config-archive", "text/cloud-config-archive",
     UserDataKind::kArchive},
    {"#cloud-config-jsonp", "text/cloud-config-jsonp", UserDataKind::kUnknown},
    {"#cloud-config", "text/cloud-config", UserDataKind::kCloudConfig},
    {"#cloud-boothook", "text/cloud-boothook", UserDataKind::kBootHook},
    {"#include-once", "text/x-include-once-url", UserDataKind::kIncludeOnce},
    {"#include", "text/x-include-url", UserDataKind::kInclude},
    {"#part-handler", "text/part-handler", UserDataKind::kPartHandler},
    {"#!", "text/x-shellscript", UserDataKind::kScript},
    {kJinjaHeader, "text/jinja2", UserDataKind::kJinja},
};

bool IsMime(absl::string_view text) {
  const absl::string_view line = text.substr(0, text.find('\n'));
  const absl::string_view name = line.substr(0, line.find(':'));
  if (name.size() == line.size() || name.empty() ||
      !std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
      })) {
    return false;
  }
  return absl::StrContains(
      absl::AsciiStrToLower(text.substr(0, kMimeHeaderBytes)), "mime-version:");
}

bool IsIgnition(absl::string_view text) {
  if (!absl::StartsWith(text, "{")) return false;
  const absl::StatusOr<Json> json = Json::Parse(text);
  return json.ok() && json->At("ignition.version").is_string();
}

}  // namespace

UserDataKind KindOf(absl::string_view text) {
  const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(text);
  for (const Known& known : kKinds) {
    if (!absl::StartsWithIgnoreCase(trimmed, known.beginning)) continue;
    // cloud-init renders only what begins with the header.
    const bool rendered =
        known.kind != UserDataKind::kJinja || trimmed.size() == text.size();
    return rendered ? known.kind : UserDataKind::kUnknown;
  }
  if (IsMime(text)) return UserDataKind::kMime;
  return IsIgnition(trimmed) ? UserDataKind::kIgnition : UserDataKind::kUnknown;
}

UserDataKind KindOfContentType(absl::string_view type) {
  for (const Known& known : kKinds) {
    if (known.content_type == type) return known.kind;
  }
  return UserDataKind::kUnknown;
}

absl::string_view ContentTypeOf(UserDataKind kind) {
  if (kind == UserDataKind::kUnknown) return "";
  for (const Known& known : kKinds) {
    if (known.kind == kind) return known.content_type;
  }
  return "";
}

absl::string_view WithoutJinjaHeader(absl::string_view text) {
  const size_t end = text.find('\n');
  return end == absl::string_view::npos ? "" : text.substr(end + 1);
}

}  // namespace evroc::shim
