#include "common/http/line_splitter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"

namespace evroc {

absl::Status LineSplitter::Feed(absl::string_view piece) {
  while (!piece.empty()) {
    const size_t end = piece.find('\n');
    absl::StrAppend(&line_, piece.substr(0, end));
    if (line_.size() > kMaxLineBytes) {
      return absl::ResourceExhaustedError("a line is too long");
    }
    if (end == piece.npos) return absl::OkStatus();
    piece.remove_prefix(end + 1);
    const std::string line = std::move(line_);
    line_.clear();
    const absl::string_view text = absl::StripSuffix(line, "\r");
    if (!text.empty()) EVROC_RETURN_IF_ERROR(visit_(text));
  }
  return absl::OkStatus();
}

}  // namespace evroc
