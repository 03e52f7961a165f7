#include "tests/evroc_sim/rest/rest_api.h"

#include "glog/logging.h"
#include "tests/evroc_sim/iam/authenticator.h"
#include "tests/evroc_sim/rest/requested_access.h"
#include "tests/evroc_sim/rest/rest_error.h"

namespace evroc::sim {

Response RestApi::Handle(const Request& request) {
  const absl::StatusOr<Identity> identity = Authenticate(request, issuer_);
  if (!identity.ok()) {
    Response response = Unauthorized(identity.status());
    response.route = "(unauthenticated)";
    return response;
  }
  Response response = AnswerIfAllowed(request, *identity);
  if (response.route.empty()) {
    LOG(WARNING) << "Unknown route method=" << request.method
                 << " path=" << request.path;
    response.route = "(unknown)";
  }
  return response;
}

Response RestApi::AnswerIfAllowed(const Request& request,
                                  const Identity& identity) {
  const std::vector<std::string> path = SplitPath(request.path);
  const Settings settings = cloud_.settings();
  if (const auto access = AccessOf(request, path); access.has_value()) {
    const absl::Status allowed =
        iam_.access().Check(identity, *access, settings);
    if (!allowed.ok()) {
      Response response = RestError(allowed);
      response.route = "(forbidden)";
      return response;
    }
  }
  return Route(request, identity, path, settings);
}

Response RestApi::Route(const Request& request, const Identity& identity,
                        const std::vector<std::string>& path,
                        const Settings& settings) {
  const size_t size = path.size();
  if ((size == 7 || size == 8) && path[0] != "quotas" && path[0] != "iam" &&
      path[2] == "projects" && path[4] == "regions") {
    return collections_.Handle(request, path);
  }
  if (size > 3 && path[0] == "compute" && path[1] == "v1beta2" &&
      path[2] == "global") {
    return catalogue_.Catalogue(request, path);
  }
  if (size == 7 && path[0] == "quotas" && path[1] == "v1alpha2" &&
      path[4] == "regions") {
    return quotas_.Handle(request, path);
  }
  if (size > 2 && path[0] == "iam" && path[1] == "v1beta1") {
    return iam_.Handle(request, identity, path, settings);
  }
  return NoSuchRoute();
}

}  // namespace evroc::sim
