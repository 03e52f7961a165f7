// The catalogue of the simulated cloud: profiles, images, zones (evroc-api.md
// B.9.3 to B.9.5). Constant data.

#ifndef TESTS_EVROC_SIM_MODEL_CATALOGUE_H_
#define TESTS_EVROC_SIM_MODEL_CATALOGUE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc::sim {

struct Profile {
  std::string name;
  int vcpus = 0;
  int64_t memory_gb = 0;
  std::string gpu_model;  // empty: none
  int gpus = 0;
  int gpu_disk_gb = 0;
};

const std::vector<Profile>& Profiles();
const Profile* FindProfile(absl::string_view name);

// The names of evroc's images: "<family>.<version, dashes for dots>.<build>".
const std::vector<std::string>& Images();
bool IsImage(absl::string_view name);
// Size in GB of a disk made from an image without a size of its own.
inline constexpr int kDefaultImageGb = 10;

bool IsZone(absl::string_view zone);
inline constexpr absl::string_view kRegion = "se-sto";
inline constexpr absl::string_view kZones[] = {"a", "b", "c"};

// The objects of the global catalogue endpoints (evroc-api.md B.5.7), each with
// a UUID of its own.
Json ProfileJson(const Profile& profile);
Json ImageJson(absl::string_view name);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_CATALOGUE_H_
