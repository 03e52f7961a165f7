#include "tests/evroc_sim/rest/catalogue_api.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

std::vector<Json> AllOf(const std::string& collection) {
  std::vector<Json> all;
  if (collection == "computeProfiles") {
    for (const Profile& profile : Profiles()) {
      all.push_back(ProfileJson(profile));
    }
  } else {
    for (const std::string& image : Images()) all.push_back(ImageJson(image));
  }
  return all;
}

Response Find(const std::vector<Json>& all, const std::string& id) {
  for (const Json& item : all) {
    if (item.At("metadata.id").String() == id) return JsonResponse(200, item);
  }
  return NoSuchRoute();
}

Response Items(const std::vector<Json>& all) {
  Json items = Json::Array();
  for (const Json& item : all) items.Push(item);
  return JsonResponse(200, Json::Object({{"items", std::move(items)}}));
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
  if (cloud_.settings().Choice("catalogue") == "absent") return NoSuchRoute();
  if (request.method != "GET") return NoSuchVerb();
  const std::vector<Json> all = AllOf(path[2]);
  const bool is_object = path.size() == 4;
  Response response = is_object ? Find(all, path[3]) : Items(all);
  response.route =
      absl::StrCat("/compute/v1beta2/", path[2], is_object ? "/{id}" : "");
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
