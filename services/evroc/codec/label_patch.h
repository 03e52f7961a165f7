// The merge patch of a label map. A pure function.

#ifndef SERVICES_EVROC_CODEC_LABEL_PATCH_H_
#define SERVICES_EVROC_CODEC_LABEL_PATCH_H_

#include <optional>

#include "common/json/json.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

// Nothing if the maps are equal. Else every label to keep beside "key": null
// for those to go: that means the same whether the server merges the map or
// replaces it (evroc-api.md B.8.1).
std::optional<Json> LabelPatch(const Labels& current, const Labels& wanted);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CODEC_LABEL_PATCH_H_
