#include "tests/evroc_sim/kcp/kcp_status.h"

#include <string>

#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {

Json StatusJson(int code, absl::string_view reason, absl::string_view message) {
  return Json::Object({{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"metadata", Json::Object()},
                       {"status", "Failure"},
                       {"message", message},
                       {"reason", reason},
                       {"code", code}});
}

Response KcpError(int code, absl::string_view reason,
                  absl::string_view message) {
  return JsonResponse(code, StatusJson(code, reason, message));
}

Response KcpError(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason == "FieldValueInvalid") {
    return KcpError(422, "Invalid", status.message());
  }
  return KcpError(HttpStatusOf(status), reason, status.message());
}

}  // namespace evroc::sim
