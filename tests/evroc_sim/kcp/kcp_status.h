// Encodes errors as a Kubernetes API does: objects of kind Status (evroc-api.md
// A.5). Pure functions.

#ifndef TESTS_EVROC_SIM_KCP_KCP_STATUS_H_
#define TESTS_EVROC_SIM_KCP_KCP_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

Json StatusJson(int code, absl::string_view reason, absl::string_view message);
Response KcpError(int code, absl::string_view reason,
                  absl::string_view message);
// Encodes an error of api_error.h; validation errors are "Invalid", 422.
Response KcpError(const absl::Status& status);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_STATUS_H_
