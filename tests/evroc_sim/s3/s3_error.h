// Encodes errors as S3 does: XML with a code and a text. A pure function.

#ifndef TESTS_EVROC_SIM_S3_S3_ERROR_H_
#define TESTS_EVROC_SIM_S3_S3_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// The status is one of api_error.h, whose reason is S3's code; `resource` is
// the path that was asked for.
Response S3Error(const absl::Status& status, absl::string_view resource);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_S3_S3_ERROR_H_
