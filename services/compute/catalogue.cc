#include "services/compute/catalogue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/catalogue_name.h"
#include "services/evroc/api/existence.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {
namespace {

// The cloud's reason for refusing a new machine with ipv4-only (evroc-api.md
// B.5.1).
constexpr char kIpv4OnlyRefused[] = "IPv4OnlyStackTypeDeprecated";

struct Series {
  const char* name;
  int gb_per_vcpu;
  std::vector<const char*> sizes;
};
struct GpuProfile {
  const char* name;
  int vcpus;
  int memory_gb;
  const char* model;
  int gpus;
};

// evroc-api.md B.9.4.
int VcpusOf(absl::string_view size) {
  constexpr std::pair<absl::string_view, int> kSizes[] = {
      {"xs", 1}, {"s", 2}, {"m", 4}, {"l", 8}, {"xl", 16}, {"2xl", 32}};
  for (const auto& [name, vcpus] : kSizes) {
    if (name == size) return vcpus;
  }
  return 0;
}

constexpr char kL40s[] = "nvidia.com/AD102GL_L40S";
constexpr char kB200[] = "nvidia.com/GB100_B200";

const std::vector<Series>& AllSeries() {
  static const auto* const series =
      new std::vector<Series>{{"a1a", 4, {"xs", "s", "m", "l", "xl", "2xl"}},
                              {"c1a", 2, {"s", "m", "l", "xl", "2xl"}},
                              {"m1a", 8, {"s", "m", "l", "xl"}}};
  return *series;
}

constexpr GpuProfile kGpuProfiles[] = {
    {"gn-l40s.s", 15, 190, kL40s, 1},   {"gn-l40s.m", 30, 380, kL40s, 2},
    {"gn-l40s.l", 60, 760, kL40s, 4},   {"gn-b200.s", 26, 260, kB200, 1},
    {"gn-b200.m", 52, 520, kB200, 2},   {"gn-b200.l", 104, 1040, kB200, 4},
    {"gn-b200.xl", 208, 2080, kB200, 8}};

constexpr int64_t kMibPerGb = 1024;
constexpr int64_t kGigabyte = int64_t{1} << 30;

std::vector<cloud::ComputeProfile> BuiltInProfiles() {
  std::vector<cloud::ComputeProfile> profiles;
  for (const Series& series : AllSeries()) {
    for (const char* size : series.sizes) {
      const int vcpus = VcpusOf(size);
      profiles.push_back({.name = absl::StrCat(series.name, ".", size),
                          .vcpus = vcpus,
                          .memory_mib = kMibPerGb * vcpus * series.gb_per_vcpu,
                          .architecture = "amd64"});
    }
  }
  for (const GpuProfile& gpu : kGpuProfiles) {
    profiles.push_back({.name = gpu.name,
                        .vcpus = gpu.vcpus,
                        .memory_mib = gpu.memory_gb * kMibPerGb,
                        .architecture = "amd64",
                        .gpu_model = gpu.model,
                        .gpu_count = gpu.gpus});
  }
  return profiles;
}

// evroc-api.md B.9.3, both lists.
std::vector<cloud::DiskImage> BuiltInImages() {
  constexpr const char* kNames[] = {"ubuntu-minimal.24-04.1",
                                    "ubuntu.24-04.1",
                                    "ubuntu.22-04.1",
                                    "rocky.10-1.1",
                                    "rocky.10-0.1",
                                    "rocky.9-6.1",
                                    "rocky.9-5.1",
                                    "rocky.8-10.1",
                                    "opensuse.15-6.1",
                                    "opensuse.15-5.1",
                                    "sles.16-0.1",
                                    "sles.15-6.1",
                                    "sles.15-5.1",
                                    "sl-micro.6-1.1"};
  std::vector<cloud::DiskImage> images;
  for (const char* name : kNames) images.push_back({.name = name});
  return images;
}

v1::ComputeProfile ToProto(const cloud::ComputeProfile& profile) {
  v1::ComputeProfile proto;
  proto.set_name(profile.name);
  proto.set_vcpus(profile.vcpus);
  proto.set_memory_mib(profile.memory_mib);
  proto.set_architecture(profile.architecture);
  if (profile.gpu_count > 0) {
    proto.mutable_gpu()->set_model(profile.gpu_model);
    proto.mutable_gpu()->set_count(profile.gpu_count);
  }
  return proto;
}

v1::DiskImage ToProto(const cloud::DiskImage& image) {
  v1::DiskImage proto;
  proto.set_name(image.name);
  proto.set_architecture(image.architecture);
  if (image.default_size.has_value()) {
    proto.set_default_size_gb(
        static_cast<int32_t>(cloud::Bytes(*image.default_size) / kGigabyte));
  }
  const cloud::Condition* ready =
      cloud::FindCondition(image.conditions, "Ready");
  // Conditions of evroc's own images are optional.
  proto.set_ready(ready == nullptr ? !cloud::IsCustomImage(image.name)
                                   : cloud::IsReady(image.conditions));
  if (ready != nullptr && !proto.ready()) proto.set_reason(ready->reason);
  return proto;
}

// Adds the project's custom images, if it has that feature.
absl::Status AddCustomImages(const CallContext& context, cloud::ComputeApi& api,
                             std::vector<cloud::DiskImage>& images) {
  auto custom = api.ListCustomImages(context);
  if (cloud::IsWithheld(custom.status())) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(custom.status());
  images.insert(images.end(), custom->begin(), custom->end());
  return absl::OkStatus();
}

// ": " and what the condition Ready says; empty without that condition.
std::string WhyNot(const cloud::Conditions& conditions) {
  const cloud::Condition* ready = cloud::FindCondition(conditions, "Ready");
  if (ready == nullptr) return "";
  return absl::StrCat(": ", ready->reason.str(),
                      ready->message.empty() ? "" : ": ", ready->message.str());
}

absl::Status CheckCustomImage(const CallContext& context,
                              cloud::ComputeApi& api, const std::string& field,
                              absl::string_view name) {
  const auto refuse = [&](absl::StatusCode code, absl::string_view reason,
                          const std::string& why) {
    return MakeError(
        code, absl::StrCat(field, ": ", why),
        {.reason = std::string(reason), .field_violations = {{field, why}}});
  };
  const auto image = api.GetCustomImage(context, name);
  if (absl::IsNotFound(image.status())) {
    return InvalidField(field,
                        absl::StrCat("there is no custom image \"", name,
                                     "\" in the machine's project and region"));
  }
  if (absl::IsPermissionDenied(image.status())) {
    return refuse(absl::StatusCode::kPermissionDenied, "CLOUD_REFUSED",
                  absl::StrCat(image.status().message(),
                               "; the image may also not exist, or the project "
                               "may lack custom images"));
  }
  EVROC_RETURN_IF_ERROR(image.status());
  if (cloud::IsReady(image->conditions)) return absl::OkStatus();
  return refuse(absl::StatusCode::kFailedPrecondition, "IMAGE_NOT_READY",
                absl::StrCat("the custom image \"", name, "\" is not ready",
                             WhyNot(image->conditions)));
}

template <typename Items>
bool HasName(const Items& items, absl::string_view name) {
  return std::any_of(items.begin(), items.end(),
                     [&](const auto& item) { return item.name == name; });
}

}  // namespace

absl::StatusOr<v1::ListComputeProfilesResponse> ListProfiles(
    const CallContext& context, cloud::ComputeApi& api) {
  v1::ListComputeProfilesResponse response;
  absl::StatusOr<std::vector<cloud::ComputeProfile>> profiles =
      api.ListComputeProfiles(context);
  response.set_source(v1::CATALOGUE_SOURCE_CLOUD);
  // Whether a role is needed for the catalogue, and which, is not documented.
  if (cloud::IsWithheld(profiles.status())) {
    profiles = BuiltInProfiles();
    response.set_source(v1::CATALOGUE_SOURCE_BUILT_IN);
  }
  EVROC_RETURN_IF_ERROR(profiles.status());
  std::sort(profiles->begin(), profiles->end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const cloud::ComputeProfile& profile : *profiles) {
    *response.add_compute_profiles() = ToProto(profile);
  }
  return response;
}

absl::StatusOr<v1::ListDiskImagesResponse> ListImages(
    const CallContext& context, cloud::ComputeApi& api) {
  v1::ListDiskImagesResponse response;
  absl::StatusOr<std::vector<cloud::DiskImage>> images =
      api.ListDiskImages(context);
  response.set_source(v1::CATALOGUE_SOURCE_CLOUD);
  if (cloud::IsWithheld(images.status())) {
    images = BuiltInImages();
    response.set_source(v1::CATALOGUE_SOURCE_BUILT_IN);
  }
  EVROC_RETURN_IF_ERROR(images.status());
  EVROC_RETURN_IF_ERROR(AddCustomImages(context, api, *images));
  std::sort(images->begin(), images->end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const cloud::DiskImage& image : *images) {
    *response.add_disk_images() = ToProto(image);
  }
  return response;
}

absl::StatusOr<v1::ListZonesResponse> ListZones(const CallContext& context,
                                                cloud::ComputeApi& api) {
  EVROC_ASSIGN_OR_RETURN(std::vector<std::string> zones,
                         api.ListZones(context));
  v1::ListZonesResponse response;
  response.set_source(v1::CATALOGUE_SOURCE_CLOUD);
  if (zones.empty()) {
    zones = {"a", "b", "c"};
    response.set_source(v1::CATALOGUE_SOURCE_BUILT_IN);
  }
  for (const std::string& zone : zones) response.add_zones()->set_name(zone);
  return response;
}

absl::Status CheckCustomImages(const CallContext& context,
                               cloud::ComputeApi& api, const MachineSpec& spec,
                               const MachineResources& resources) {
  const auto check = [&](const DiskSpec& disk, absl::string_view field) {
    absl::string_view name = disk.image;
    if (!absl::ConsumePrefix(&name, cloud::kCustomImagePrefix) ||
        FindById(resources.disks, disk.id) != nullptr) {
      return absl::OkStatus();
    }
    return CheckCustomImage(
        context, api, absl::StrCat("virtual_machine.", field, ".image"), name);
  };
  EVROC_RETURN_IF_ERROR(check(spec.boot_disk, "boot_disk"));
  for (size_t i = 0; i < spec.data_disks.size(); ++i) {
    EVROC_RETURN_IF_ERROR(
        check(spec.data_disks[i], absl::StrCat("data_disks[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status Explain(const CallContext& context, cloud::ComputeApi& api,
                     const MachineSpec& spec, const absl::Status& error) {
  if (!absl::IsInvalidArgument(error) ||
      !DetailsOf(error).field_violations.empty()) {
    return error;
  }
  if (DetailsOf(error).metadata["cloud_reason"] == kIpv4OnlyRefused) {
    return InvalidField(
        "virtual_machine.stack_type",
        absl::StrCat("machines that exist stay ipv4-only, but the cloud makes "
                     "no new ones; make a cluster that is dual-stack or "
                     "ipv6-only (",
                     error.message(), ")"));
  }
  const auto unknown = [](absl::string_view field, absl::string_view what,
                          absl::string_view name) {
    return InvalidField(absl::StrCat("virtual_machine.", field),
                        absl::StrCat("there is no ", what, " \"", name, "\""));
  };
  const auto profiles = api.ListComputeProfiles(context);
  if (profiles.ok() && !HasName(*profiles, spec.compute_profile)) {
    return unknown("compute_profile", "compute profile", spec.compute_profile);
  }
  const auto images = api.ListDiskImages(context);
  if (images.ok()) {
    // A custom image has been looked at before.
    const auto exists = [&](const std::string& image) {
      return image.empty() || cloud::IsCustomImage(image) ||
             HasName(*images, image);
    };
    if (!exists(spec.boot_disk.image)) {
      return unknown("boot_disk.image", "disk image", spec.boot_disk.image);
    }
    for (size_t i = 0; i < spec.data_disks.size(); ++i) {
      const std::string& image = spec.data_disks[i].image;
      if (exists(image)) continue;
      return unknown(absl::StrCat("data_disks[", i, "].image"), "disk image",
                     image);
    }
  }
  return error;
}

}  // namespace evroc::compute
