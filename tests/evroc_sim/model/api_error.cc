#include "tests/evroc_sim/model/api_error.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"

namespace evroc::sim {
namespace {

constexpr char kHttpStatus[] = "http_status";

}  // namespace

absl::Status ApiError(int http_status, absl::string_view reason,
                      absl::string_view debug) {
  return MakeError(absl::StatusCode::kUnknown, debug,
                   {.reason = std::string(reason),
                    .metadata = {{kHttpStatus, absl::StrCat(http_status)}}});
}

absl::Status Invalid(absl::string_view debug) {
  return ApiError(400, "FieldValueInvalid", debug);
}

absl::Status Unprocessable(absl::string_view debug) {
  return ApiError(422, "FieldValueInvalid", debug);
}

absl::Status Forbidden(absl::string_view debug) {
  return ApiError(403, "Forbidden", debug);
}

absl::Status NotFound(absl::string_view debug) {
  return ApiError(404, "NotFound", debug);
}

absl::Status AlreadyExists(absl::string_view debug) {
  return ApiError(409, "AlreadyExists", debug);
}

absl::Status Conflict(absl::string_view debug) {
  return ApiError(409, "Conflict", debug);
}

int HttpStatusOf(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const auto found = details.metadata.find(kHttpStatus);
  int code = 0;
  if (found == details.metadata.end() ||
      !absl::SimpleAtoi(found->second, &code)) {
    return 500;
  }
  return code;
}

std::string ReasonOf(const absl::Status& status) {
  const std::string reason = DetailsOf(status).reason;
  return reason.empty() ? "InternalError" : reason;
}

}  // namespace evroc::sim
