#include "tests/evroc_sim/rest/catalogue_api.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/labels/label_selector.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/usage.h"

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

Json QuotaMetadata(const char* owner_kind, const std::string& owner,
                   const std::string& region) {
  return Json::Object({{"id", owner},
                       {owner_kind, owner},
                       {"region", region},
                       {"uid", RandomUuid()},
                       {"creationTimestamp", "2026-01-01T00:00:00Z"},
                       {"generation", 1}});
}

std::string GigaBytes(int64_t amount) { return absl::StrCat(amount, " GB"); }

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

Response CatalogueApi::Quotas(const Request& request,
                              const std::vector<std::string>& path) const {
  const bool organisation =
      path[2] == "organizations" && path[6] == "orgQuotas";
  const bool project = path[2] == "projects" && path[6] == "projectQuotas";
  if (!organisation && !project) return NoSuchRoute();
  if (request.method != "GET") return NoSuchVerb();
  Json body;
  if (organisation) {
    body = OrganisationQuotas(path[3], path[5]);
  } else {
    body = Json::Object(
        {{"apiVersion", "quotas/v1alpha2"},
         {"kind", "ProjectQuota"},
         {"metadata", QuotaMetadata("project", path[3], path[5])}});
    body.SetAt("spec.objectStorage.totalSize", "unlimited");
    body.SetAt("status.quotaUsage.objectStorage.totalSize", "0 GB");
  }
  Response response = JsonResponse(200, body);
  response.route = absl::StrCat("/quotas/v1alpha2/", path[2],
                                "/{owner}/regions/{region}/", path[6]);
  return response;
}

Json CatalogueApi::OrganisationQuotas(const std::string& organisation,
                                      const std::string& region) const {
  Json body = Json::Object(
      {{"apiVersion", "quotas/v1alpha2"},
       {"kind", "OrgQuota"},
       {"metadata", QuotaMetadata("organization", organisation, region)}});
  const Settings settings = cloud_.settings();
  Json limits = Json::Object({});
  if (settings.Quota("vcpus") >= 0) {
    limits.Set("vCPUs", settings.Quota("vcpus"));
  }
  if (settings.Quota("memory_gb") >= 0) {
    limits.Set("memory", GigaBytes(settings.Quota("memory_gb")));
  }
  body.SetAt("spec.quotas.compute", std::move(limits));
  if (settings.Quota("public_ips") >= 0) {
    body.SetAt("spec.quotas.networking.publicIPs",
               settings.Quota("public_ips"));
  }
  Usage usage;
  cloud_.Read([&](const Store& store) { usage = UsageOf(store, nullptr); });
  body.SetAt("status.quotaUsage.compute",
             Json::Object({{"vCPUs", usage.vcpus},
                           {"memory", GigaBytes(usage.memory_gb)},
                           {"memoryInKiBs", usage.memory_gb << 20}}));
  body.SetAt("status.quotaUsage.networking.publicIPs", usage.public_ips);
  return body;
}

}  // namespace evroc::sim
