// Decodes the catalogue of profiles and images, and custom images (evroc-api.md
// B.5.7, B.5.8). Lenient: entries without a name are skipped. Pure functions.

#ifndef SERVICES_EVROC_REST_CATALOGUE_CODEC_H_
#define SERVICES_EVROC_REST_CATALOGUE_CODEC_H_

#include <vector>

#include "common/json/json.h"
#include "services/evroc/api/compute.h"

namespace evroc::cloud {

std::vector<ComputeProfile> ReadComputeProfiles(JsonView list);
std::vector<DiskImage> ReadDiskImages(JsonView list);
std::vector<DiskImage> ReadCustomImages(JsonView list);

// One object of that list.
DiskImage ReadCustomImage(JsonView object);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_CATALOGUE_CODEC_H_
