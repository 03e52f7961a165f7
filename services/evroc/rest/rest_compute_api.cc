#include "services/evroc/rest/rest_compute_api.h"

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/zones.h"
#include "services/evroc/http/json_calls.h"
#include "services/evroc/rest/catalogue_codec.h"

namespace evroc::cloud {

absl::StatusOr<Json> RestComputeApi::FetchCatalogue(const CallContext& context,
                                                    const char* collection) {
  const std::string route =
      absl::StrCat("/compute/v1beta2/global/", collection);
  const HttpRequest request{.method = "GET",
                            .url = JoinUrl(channel_.base_url, route),
                            .headers = {{"Accept", "application/json"}},
                            .route = route,
                            .repeatable = true};
  return CallForObject(channel_.http, context, request,
                       {Verb::kList, collection, RoleOf("compute")});
}

absl::StatusOr<std::vector<ComputeProfile>> RestComputeApi::ListComputeProfiles(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Json body,
                         FetchCatalogue(context, "computeProfiles"));
  return ReadComputeProfiles(body);
}

absl::StatusOr<std::vector<std::string>> RestComputeApi::ListDiskImages(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Json body,
                         FetchCatalogue(context, "diskImages/evroc"));
  return ReadDiskImages(body);
}

absl::StatusOr<std::vector<std::string>> RestComputeApi::ListZones(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Listing<Subnet> subnets,
                         subnets_.List(context, ""));
  return ZonesOf(subnets.items);
}

}  // namespace evroc::cloud
