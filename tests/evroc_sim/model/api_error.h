// Errors of the simulated API: an HTTP status, a stable reason and a text
// (evroc-api.md B.9.1), carried by absl::Status. Pure functions.

#ifndef TESTS_EVROC_SIM_MODEL_API_ERROR_H_
#define TESTS_EVROC_SIM_MODEL_API_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evroc::sim {

absl::Status ApiError(int http_status, absl::string_view reason,
                      absl::string_view debug);

absl::Status Invalid(absl::string_view debug);        // 400
absl::Status Unprocessable(absl::string_view debug);  // 422
absl::Status Forbidden(absl::string_view debug);      // 403
absl::Status NotFound(absl::string_view debug);       // 404
absl::Status AlreadyExists(absl::string_view debug);  // 409
absl::Status Conflict(absl::string_view debug);       // 409

// The status passed to ApiError; 500 for any other error.
int HttpStatusOf(const absl::Status& status);
std::string ReasonOf(const absl::Status& status);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_API_ERROR_H_
