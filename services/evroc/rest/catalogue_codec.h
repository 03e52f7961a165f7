// Decodes the catalogue of profiles and images (evroc-api.md B.5.7). Lenient:
// invalid entries are skipped. Pure functions.

#ifndef SERVICES_EVROC_REST_CATALOGUE_CODEC_H_
#define SERVICES_EVROC_REST_CATALOGUE_CODEC_H_

#include <string>
#include <vector>

#include "common/json/json.h"
#include "services/evroc/api/compute.h"

namespace evroc::cloud {

std::vector<ComputeProfile> ReadComputeProfiles(JsonView list);
std::vector<std::string> ReadDiskImages(JsonView list);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_CATALOGUE_CODEC_H_
