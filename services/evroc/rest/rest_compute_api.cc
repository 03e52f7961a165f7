#include "services/evroc/rest/rest_compute_api.h"

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/zones.h"
#include "services/evroc/http/json_calls.h"
#include "services/evroc/rest/catalogue_codec.h"
#include "services/evroc/rest/rest_path.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kRole = RoleOf("compute");

}  // namespace

absl::StatusOr<Json> RestComputeApi::Fetch(const CallContext& context,
                                           const std::string& path,
                                           const std::string& route,
                                           const CallTarget& target) {
  const HttpRequest request{.method = "GET",
                            .url = JoinUrl(channel_.base_url, path),
                            .headers = {{"Accept", "application/json"}},
                            .route = route,
                            .repeatable = true};
  return CallForObject(channel_.http, context, request, target);
}

absl::StatusOr<Json> RestComputeApi::FetchList(const CallContext& context,
                                               const std::string& path,
                                               const std::string& route,
                                               const CallTarget& target) {
  EVROC_ASSIGN_OR_RETURN(Json body, Fetch(context, path, route, target));
  const absl::Status is_list = CheckList(body, ListForm::kBare);
  if (!is_list.ok()) return SenselessAnswer(is_list, target.object);
  return body;
}

absl::StatusOr<Json> RestComputeApi::FetchCatalogue(const CallContext& context,
                                                    const char* collection) {
  const std::string path = absl::StrCat("/compute/v1beta2/global/", collection);
  return FetchList(context, path, path, {Verb::kList, collection, kRole});
}

absl::StatusOr<std::vector<ComputeProfile>> RestComputeApi::ListComputeProfiles(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Json body,
                         FetchCatalogue(context, "computeProfiles"));
  return ReadComputeProfiles(body);
}

absl::StatusOr<std::vector<DiskImage>> RestComputeApi::ListDiskImages(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Json body,
                         FetchCatalogue(context, "diskImages/evroc"));
  return ReadDiskImages(body);
}

absl::StatusOr<std::vector<DiskImage>> RestComputeApi::ListCustomImages(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(
      const Json body,
      FetchList(context, RegionalPath(channel_.scope, kCustomDiskImage),
                RegionalRoute(kCustomDiskImage),
                {Verb::kList, kCustomDiskImage.collection, kRole}));
  return ReadCustomImages(body);
}

absl::StatusOr<DiskImage> RestComputeApi::GetCustomImage(
    const CallContext& context, absl::string_view name) {
  const std::string object = absl::StrCat(kCustomDiskImage.kind, " ", name);
  EVROC_ASSIGN_OR_RETURN(
      const Json body,
      Fetch(context,
            absl::StrCat(RegionalPath(channel_.scope, kCustomDiskImage), "/",
                         EscapeUrlComponent(name)),
            absl::StrCat(RegionalRoute(kCustomDiskImage), "/{id}"),
            {Verb::kGet, object, kRole}));
  const absl::Status sense =
      CheckAnswered(name, body.At("metadata.id").String());
  if (!sense.ok()) return SenselessAnswer(sense, object);
  return ReadCustomImage(body);
}

absl::StatusOr<std::vector<std::string>> RestComputeApi::ListZones(
    const CallContext& context) {
  EVROC_ASSIGN_OR_RETURN(const Listing<Subnet> subnets,
                         subnets_.List(context, ""));
  return ZonesOf(subnets.items);
}

}  // namespace evroc::cloud
