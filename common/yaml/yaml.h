// Parses YAML documents, for configuration written by people, into JSON values.
//
// Safe with untrusted input: size, depth and number of nodes are limited, which
// also stops alias expansion attacks. A pure function.

#ifndef COMMON_YAML_YAML_H_
#define COMMON_YAML_YAML_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc {

inline constexpr size_t kMaxYamlBytes = size_t{1} << 20;

// Returns the first document of `text`. Scalars become strings, except plain
// true, false and null; JSON is also YAML. INVALID_ARGUMENT, which names the
// position and never quotes the text, for malformed or oversized input.
absl::StatusOr<Json> ParseYaml(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_YAML_YAML_H_
