#include "services/fields/violations.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace evroc::cloud {

void Violations::Add(absl::string_view field, absl::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
}

bool Violations::Check(bool holds, absl::string_view field,
                       absl::string_view description) {
  if (!holds) Add(field, description);
  return holds;
}

void Violations::CheckPort(int port, absl::string_view field) {
  Check(port >= 1 && port <= 65535, field, "is not 1 to 65535");
}

absl::Status Violations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  const std::string message = absl::StrJoin(
      violations_, "; ", [](std::string* out, const FieldViolation& each) {
        absl::StrAppend(out, each.field, ": ", each.description);
      });
  return MakeError(
      absl::StatusCode::kInvalidArgument, message,
      {.reason = "INVALID_FIELD", .field_violations = violations_});
}

absl::Status NotInThisApi(absl::string_view field, absl::string_view what) {
  const std::string description =
      absl::StrCat("the API that a kubeconfig leads to has no ", what);
  return MakeError(absl::StatusCode::kUnimplemented,
                   absl::StrCat(field, ": ", description),
                   {.reason = "NOT_IN_THIS_API",
                    .field_violations = {{std::string(field), description}}});
}

}  // namespace evroc::cloud
