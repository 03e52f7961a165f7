#include "tests/evroc_sim/rest/rest_error.h"

#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {

Response RestError(const absl::Status& status) {
  return JsonResponse(HttpStatusOf(status),
                      Json::Object({{"reason", ReasonOf(status)},
                                    {"debug", status.message()}}));
}

Response Unauthorized(const absl::Status& why) {
  return RestError(ApiError(401, "Unauthorized", why.message()));
}

Response NoSuchRoute() { return RestError(NotFound("no such route")); }

Response NoSuchVerb() {
  return RestError(
      ApiError(405, "MethodNotAllowed", "the route does not take this method"));
}

}  // namespace evroc::sim
