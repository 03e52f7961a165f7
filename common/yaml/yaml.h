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

// Returns the document as every reader of YAML takes it, for files that other
// programs read too. Plain true, yes, on and their opposites are booleans, as
// in YAML 1.1; plain scalars that some readers take for a number or a date, and
// that are no decimal integers, are numbers, whose value says nothing.
// INVALID_ARGUMENT also for what readers disagree about or few of them know: a
// key that is there twice, a second document, merge keys, tags, and text that
// is not UTF-8.
absl::StatusOr<Json> ParseUnambiguousYaml(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_YAML_YAML_H_
