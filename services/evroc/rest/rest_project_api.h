// ProjectApi over the REST API. Thread-safe.

#ifndef SERVICES_EVROC_REST_REST_PROJECT_API_H_
#define SERVICES_EVROC_REST_REST_PROJECT_API_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/evroc/api/project_api.h"
#include "services/evroc/rest/rest_channel.h"

namespace evroc::cloud {

class RestProjectApi : public ProjectApi {
 public:
  explicit RestProjectApi(RestChannel channel) : channel_(std::move(channel)) {}

  absl::StatusOr<std::string> Uid(const CallContext& context) override;

 private:
  const RestChannel channel_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_PROJECT_API_H_
