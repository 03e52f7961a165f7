#include "services/evroc/rest/catalogue_codec.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/evroc/api/catalogue_name.h"
#include "services/evroc/codec/fields.h"

namespace evroc::cloud {
namespace {

constexpr int64_t kMib = int64_t{1} << 20;

std::string NameOf(JsonView object) {
  return std::string(object.At("metadata.id").String());
}

DiskImage ReadDiskImage(JsonView object) {
  const JsonView spec = object["spec"];
  return {.name = NameOf(object),
          .architecture = std::string(spec["osArch"].String()),
          .default_size = ReadDiskSize(spec["defaultSize"]),
          .conditions = ReadConditions(object.At("status.conditions"))};
}

std::vector<DiskImage> ReadImages(JsonView list, DiskImage (*read)(JsonView)) {
  std::vector<DiskImage> images;
  const JsonView items = list["items"];
  for (size_t i = 0; i < items.size(); ++i) {
    if (!NameOf(items[i]).empty()) images.push_back(read(items[i]));
  }
  return images;
}

}  // namespace

std::vector<ComputeProfile> ReadComputeProfiles(JsonView list) {
  std::vector<ComputeProfile> profiles;
  const JsonView items = list["items"];
  for (size_t i = 0; i < items.size(); ++i) {
    const JsonView spec = items[i]["spec"];
    ComputeProfile profile;
    profile.name = NameOf(items[i]);
    if (profile.name.empty()) continue;
    profile.vcpus = ReadInt(spec["vCPUs"]);
    if (const auto memory = ReadDiskSize(spec["memory"])) {
      profile.memory_mib = Bytes(*memory) / kMib;
    }
    profile.architecture = std::string(spec["processorArchitecture"].String());
    profile.gpu_model = std::string(spec.At("gpus.model").String());
    profile.gpu_count = ReadInt(spec.At("gpus.quantity"));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

std::vector<DiskImage> ReadDiskImages(JsonView list) {
  return ReadImages(list, ReadDiskImage);
}

std::vector<DiskImage> ReadCustomImages(JsonView list) {
  return ReadImages(list, ReadCustomImage);
}

DiskImage ReadCustomImage(JsonView object) {
  const JsonView spec = object["spec"];
  return {.name = absl::StrCat(kCustomImagePrefix, NameOf(object)),
          .architecture = std::string(spec["architecture"].String()),
          .default_size = ReadDiskSize(spec["defaultDiskSize"]),
          .conditions = ReadConditions(object.At("status.conditions"))};
}

}  // namespace evroc::cloud
