#include "shim/userdata/user_data_parts.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "shim/userdata/gzip.h"

namespace evroc::shim {
namespace {

// Several times what the cloud takes; such texts compress well.
constexpr size_t kMaxUnpackedBytes = size_t{4} << 20;

constexpr absl::string_view kMergeType = "Merge-Type";
constexpr absl::string_view kAppending =
    "list(append)+dict(no_replace,recurse_array)+str()";

}  // namespace

absl::StatusOr<UserDataText> ReadUserData(absl::string_view data) {
  UserDataText read{.text = std::string(data), .compressed = IsGzip(data)};
  if (read.compressed) {
    EVROC_ASSIGN_OR_RETURN(read.text, Gunzip(data, kMaxUnpackedBytes));
  }
  read.kind = KindOf(read.text);
  return read;
}

bool UserDataParts::MayConfigure() const {
  return std::any_of(
      contents.begin(), contents.end(),
      [](const PartContent& content) { return content.MayConfigure(); });
}

absl::StatusOr<UserDataParts> PartsOf(const UserDataText& data) {
  UserDataParts parts;
  if (data.kind == UserDataKind::kMime) {
    EVROC_ASSIGN_OR_RETURN(parts.mime, ParseMimeMessage(data.text));
  } else {
    parts.mime = {MakeMimePart(ContentTypeOf(data.kind), data.text)};
  }
  for (const MimePart& part : parts.mime) {
    parts.contents.push_back(ContentOf(part));
  }
  return parts;
}

void MakeAppending(MimePart& part) {
  absl::StrAppend(&part.header, kMergeType, ": ", kAppending, "\n");
}

bool IsAppending(const MimePart& part) {
  return MimeHeader(part, kMergeType) == kAppending;
}

std::string WriteParts(const UserDataParts& parts, bool compressed) {
  std::string message = WriteMimeMessage(parts.mime);
  return compressed ? Gzip(message) : message;
}

}  // namespace evroc::shim
