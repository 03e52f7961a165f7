// YAML documents as JSON values, for configuration that people write.
//
// Safe with bytes from outside: size, depth and number of nodes are limited,
// so aliases can't blow a document up. A pure function.

#ifndef COMMON_YAML_YAML_H_
#define COMMON_YAML_YAML_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc {

inline constexpr size_t kMaxYamlBytes = size_t{1} << 20;

// The first document of `text`. Scalars become strings, but for plain true,
// false and null; JSON is YAML too. INVALID_ARGUMENT saying where, never
// quoting the text, for what is not YAML or too large.
absl::StatusOr<Json> ParseYaml(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_YAML_YAML_H_
