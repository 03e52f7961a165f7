// Encodes errors as the REST API does (evroc-api.md B.9.1). Pure functions.

#ifndef TESTS_EVROC_SIM_REST_REST_ERROR_H_
#define TESTS_EVROC_SIM_REST_REST_ERROR_H_

#include "absl/status/status.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// {"reason": …, "debug": …} under the error's HTTP status.
Response RestError(const absl::Status& status);

// Errors that are not about an object.
Response Unauthorized(const absl::Status& why);  // 401
Response NoSuchRoute();                          // 404
Response NoSuchVerb();                           // 405

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_REST_ERROR_H_
