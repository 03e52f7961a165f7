// Builds the merge patch of a label map. A pure function.

#ifndef SERVICES_EVROC_CODEC_LABEL_PATCH_H_
#define SERVICES_EVROC_CODEC_LABEL_PATCH_H_

#include <optional>

#include "common/json/json.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// Returns nullopt if the maps are equal, else all labels to keep, and "key":
// null for each label to remove: that has the same effect whether the server
// merges or replaces the map (evroc-api.md B.8.1).
std::optional<Json> LabelPatch(const Labels& current, const Labels& wanted);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CODEC_LABEL_PATCH_H_
