#include "tests/evroc_sim/rest/quota_api.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/model/stable_uuid.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kKilobytesPerMb = 1 << 10;

// `owner_kind` is "organization" or "project".
Json Metadata(const char* owner_kind, const std::string& owner,
              const std::string& region) {
  return Json::Object(
      {{"id", owner},
       {owner_kind, owner},
       {"region", region},
       {"uid", StableUuid(absl::StrCat("quota ", owner_kind, " ", owner, " ",
                                       region))},
       {"creationTimestamp", "2026-01-01T00:00:00Z"},
       {"generation", 1}});
}

std::string Gigabytes(int64_t amount, const Settings& settings) {
  const bool spaced = settings.Choice("quota_text") == "spaced";
  return absl::StrCat(amount, spaced ? " GB" : "GB");
}

const std::set<std::string>& GpuModels() {
  static const auto* const models = [] {
    auto* all = new std::set<std::string>;
    for (const Profile& profile : Profiles()) {
      if (profile.gpus > 0) all->insert(profile.gpu_model);
    }
    return all;
  }();
  return *models;
}

// Writes limits; where there is none, a number that nobody reaches, or nothing.
class Limits {
 public:
  explicit Limits(const Settings& settings)
      : settings_(settings),
        shows_all_(settings.Choice("unlimited_quota") == "million") {}

  void SetNumber(const char* path, int64_t limit) {
    if (IsShown(limit)) json_.SetAt(path, Shown(limit));
  }
  void SetSize(const char* path, int64_t gigabytes) {
    if (!IsShown(gigabytes)) return;
    json_.SetAt(path, Gigabytes(Shown(gigabytes), settings_));
  }
  void SetGpus(const char* path) {
    Json gpus = Json::Object();
    for (const std::string& model : GpuModels()) {
      const int64_t limit = settings_.GpuQuota(model);
      if (IsShown(limit)) gpus.Set(model, Shown(limit));
    }
    json_.SetAt(path, std::move(gpus));
  }

  const Json& json() const { return json_; }

 private:
  bool IsShown(int64_t limit) const { return limit >= 0 || shows_all_; }
  static int64_t Shown(int64_t limit) { return limit < 0 ? kMillion : limit; }

  const Settings& settings_;
  const bool shows_all_;
  Json json_ = Json::Object();
};

Json LimitsJson(const Settings& settings) {
  Limits limits(settings);
  limits.SetSize("compute.blockStorage", settings.Quota("block_storage_gb"));
  limits.SetSize("compute.memory", settings.Quota("memory_gb"));
  limits.SetNumber("compute.vCPUs", settings.Quota("vcpus"));
  limits.SetGpus("compute.gpus");
  limits.SetNumber("networking.publicIPs", settings.Quota("public_ips"));
  limits.SetNumber("loadBalancer.loadBalancers",
                   settings.Quota("load_balancers"));
  return limits.json();
}

// Rounds up.
int64_t Divide(int64_t amount, int64_t unit) {
  return (amount + unit - 1) / unit;
}

Json UsageJson(const Usage& usage, const Settings& settings) {
  Json gpus = Json::Object();
  for (const std::string& model : GpuModels()) {
    const auto found = usage.gpus.find(model);
    gpus.Set(model, found == usage.gpus.end() ? 0 : found->second);
  }
  Json json = Json::Object();
  json.Set(
      "compute",
      Json::Object(
          {{"blockStorage",
            Gigabytes(Divide(usage.disk_kilobytes, kKilobytesPerGb), settings)},
           {"blockStorageInMBs", Divide(usage.disk_kilobytes, kKilobytesPerMb)},
           {"memory", Gigabytes(usage.memory_gb, settings)},
           {"memoryInKiBs", usage.memory_gb * kKilobytesPerGb},
           {"vCPUs", usage.vcpus},
           {"gpus", std::move(gpus)}}));
  json.SetAt("networking.publicIPs", usage.public_ips);
  json.SetAt("loadBalancer.loadBalancers", usage.load_balancers);
  return json;
}

Json OrganisationQuotas(const std::string& organisation,
                        const std::string& region, const Cloud& cloud) {
  const Settings settings = cloud.settings();
  Usage usage;
  cloud.Read([&](const Store& store) {
    usage = UsageOf(store, cloud.clock().Now(), nullptr);
  });
  Json body = Json::Object(
      {{"apiVersion", "quotas/v1alpha2"},
       {"kind", "OrgQuota"},
       {"metadata", Metadata("organization", organisation, region)}});
  body.SetAt("spec.quotas", LimitsJson(settings));
  body.SetAt("status.quotaUsage", UsageJson(usage, settings));
  return body;
}

Json ProjectQuotas(const std::string& project, const std::string& region,
                   const Settings& settings) {
  Json body =
      Json::Object({{"apiVersion", "quotas/v1alpha2"},
                    {"kind", "ProjectQuota"},
                    {"metadata", Metadata("project", project, region)}});
  body.SetAt("spec.objectStorage.totalSize", "unlimited");
  body.SetAt("status.quotaUsage.objectStorage.totalSize",
             Gigabytes(0, settings));
  return body;
}

}  // namespace

Response QuotaApi::Handle(const Request& request,
                          const std::vector<std::string>& path) const {
  const bool organisation =
      path[2] == "organizations" && path[6] == "orgQuotas";
  const bool project = path[2] == "projects" && path[6] == "projectQuotas";
  if (!organisation && !project) return NoSuchRoute();
  if (request.method != "GET") return NoSuchVerb();
  Response response = JsonResponse(
      200, organisation ? OrganisationQuotas(path[3], path[5], cloud_)
                        : ProjectQuotas(path[3], path[5], cloud_.settings()));
  response.route = absl::StrCat("/quotas/v1alpha2/", path[2],
                                "/{owner}/regions/{region}/", path[6]);
  return response;
}

}  // namespace evroc::sim
