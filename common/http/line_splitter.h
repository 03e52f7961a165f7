// Splits a stream of bytes into lines. Not thread-safe.

#ifndef COMMON_HTTP_LINE_SPLITTER_H_
#define COMMON_HTTP_LINE_SPLITTER_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evroc {

class LineSplitter {
 public:
  using Visitor = std::function<absl::Status(absl::string_view line)>;

  // Calls `visit` for each complete line that is not empty, without its end.
  explicit LineSplitter(Visitor visit) : visit_(std::move(visit)) {}

  // Takes the next piece. RESOURCE_EXHAUSTED for a line over kMaxLineBytes, or
  // the error that `visit` returned.
  static constexpr size_t kMaxLineBytes = size_t{8} << 20;
  absl::Status Feed(absl::string_view piece);

 private:
  const Visitor visit_;
  std::string line_;  // the incomplete line
};

}  // namespace evroc

#endif  // COMMON_HTTP_LINE_SPLITTER_H_
