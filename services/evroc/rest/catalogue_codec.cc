#include "services/evroc/rest/catalogue_codec.h"

#include <utility>

#include "services/evroc/codec/fields.h"

namespace evroc::cloud {
namespace {

constexpr int64_t kMib = int64_t{1} << 20;

}  // namespace

std::vector<ComputeProfile> ReadComputeProfiles(JsonView list) {
  std::vector<ComputeProfile> profiles;
  const JsonView items = list["items"];
  for (size_t i = 0; i < items.size(); ++i) {
    const JsonView spec = items[i]["spec"];
    ComputeProfile profile;
    profile.name = std::string(items[i].At("metadata.id").String());
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

std::vector<std::string> ReadDiskImages(JsonView list) {
  std::vector<std::string> images;
  const JsonView items = list["items"];
  for (size_t i = 0; i < items.size(); ++i) {
    const absl::string_view name = items[i].At("metadata.id").String();
    if (!name.empty()) images.emplace_back(name);
  }
  return images;
}

}  // namespace evroc::cloud
