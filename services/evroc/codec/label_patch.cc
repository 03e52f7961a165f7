#include "services/evroc/codec/label_patch.h"

#include "services/evroc/codec/fields.h"

namespace evroc::cloud {

std::optional<Json> LabelPatch(const Labels& current, const Labels& wanted) {
  if (current == wanted) return std::nullopt;
  Json patch = ToJson(wanted);
  for (const auto& [key, value] : current) {
    if (!wanted.contains(key)) patch.Set(key, Json());
  }
  return patch;
}

}  // namespace evroc::cloud
