#include "tests/evroc_sim/rest/catalogue_api.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/labels/label_selector.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rest/rest_error.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kRoot = "/compute/v1beta2/global/";

const std::vector<Json>& AllProfiles() {
  static const auto* const profiles = [] {
    auto* all = new std::vector<Json>;
    for (const Profile& each : Profiles()) all->push_back(ProfileJson(each));
    return all;
  }();
  return *profiles;
}

const std::vector<Json>& AllImages() {
  static const auto* const images = [] {
    auto* all = new std::vector<Json>;
    for (const std::string& each : Images()) all->push_back(ImageJson(each));
    return all;
  }();
  return *images;
}

Response Find(const std::vector<Json>& all, const std::string& id) {
  for (const Json& item : all) {
    if (item.At("metadata.id").String() == id) return JsonResponse(200, item);
  }
  return RestError(NotFound(absl::StrCat("\"", id, "\" not found")));
}

// The entries have no labels.
Response Select(const Request& request, const std::vector<Json>& all) {
  const absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse(FieldOf(request.query, "labelSelector"));
  if (!selector.ok()) return RestError(Invalid(selector.status().message()));
  Json items = Json::Array();
  if (selector->Matches(LabelMap())) {
    for (const Json& item : all) items.Push(item);
  }
  return JsonResponse(200, Json::Object({{"items", std::move(items)}}));
}

// GET of a collection, or of the entry `id` of it if that is not null.
Response Show(const Request& request, const std::vector<Json>& all,
              const std::string* id) {
  if (request.method != "GET") return NoSuchVerb();
  return id == nullptr ? Select(request, all) : Find(all, *id);
}

}  // namespace

Response CatalogueApi::Catalogue(const Request& request,
                                 const std::vector<std::string>& path) const {
  const bool profiles = path[3] == "computeProfiles";
  const bool images =
      path[3] == "diskImages" && path.size() > 4 && path[4] == "evroc";
  const size_t words = profiles ? 4 : 5;  // of the collection's path
  if ((!profiles && !images) || path.size() > words + 1) return NoSuchRoute();
  const Settings settings = cloud_.settings();
  const absl::string_view choice = settings.Choice("catalogue");
  if (choice == "absent") return NoSuchRoute();
  const std::string* const id = path.size() > words ? &path[words] : nullptr;
  Response response =
      choice == "forbidden"
          ? RestError(Forbidden("no permission to read the catalogue"))
          : Show(request, profiles ? AllProfiles() : AllImages(), id);
  response.route =
      absl::StrCat(kRoot, profiles ? "computeProfiles" : "diskImages/evroc",
                   id == nullptr ? "" : "/{id}");
  return response;
}

}  // namespace evroc::sim
