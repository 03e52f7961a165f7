#include "common/status/violations.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/cut_text.h"

namespace evroc {

void Violations::Add(absl::string_view field, absl::string_view description) {
  if (violations_.size() >= kMostTold || bytes_ >= kMostBytesTold) {
    ++untold_;
    return;
  }
  const size_t room = kMostBytesTold - bytes_;
  violations_.push_back({CutText(field, room), CutText(description, room)});
  bytes_ += violations_.back().field.size();
  bytes_ += violations_.back().description.size();
}

bool Violations::Check(bool holds, absl::string_view field,
                       absl::string_view description) {
  if (!holds) Add(field, description);
  return holds;
}

bool Violations::CheckSize(int size, int most, absl::string_view field) {
  return Check(size <= most, field, absl::StrCat("there are more than ", most));
}

void Violations::CheckPort(int port, absl::string_view field) {
  Check(port >= 1 && port <= 65535, field, "is not 1 to 65535");
}

absl::Status Violations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  std::string message = absl::StrJoin(
      violations_, "; ", [](std::string* out, const FieldViolation& each) {
        absl::StrAppend(out, each.field, ": ", each.description);
      });
  if (untold_ > 0) absl::StrAppend(&message, "; and ", untold_, " more");
  return MakeError(
      absl::StatusCode::kInvalidArgument, message,
      {.reason = "INVALID_FIELD", .field_violations = violations_});
}

}  // namespace evroc
