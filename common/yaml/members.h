// Checks the members of a map in a file that people wrote, so that no value is
// lost: what is not read is refused. Pure functions.

#ifndef COMMON_YAML_MEMBERS_H_
#define COMMON_YAML_MEMBERS_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc {

struct KnownMember {
  enum class Kind {
    kText,   // one line
    kLines,  // text that may have line breaks, such as base64
    kTexts,  // a list of lines
    kFlag,   // true or false
    kOther,  // checked elsewhere
  };
  absl::string_view name;
  Kind kind = Kind::kText;
};

// Whether members that are not known are refused. Those whose name is a known
// one in another spelling ("apiUrl", "api-url") always are.
enum class UnknownMembers { kIgnored, kRefused };

// Checks a map, which may be absent, from ParseUnambiguousYaml.
// INVALID_ARGUMENT that names the member at fault, below `path`, and quotes no
// value. A null counts as absent, as with other readers.
absl::Status CheckMembers(JsonView map, absl::string_view path,
                          std::initializer_list<KnownMember> known,
                          UnknownMembers unknown);

// Returns a text member without white space around it, as of a block scalar or
// a line that ends in CR LF; empty if absent.
std::string TrimmedText(JsonView map, absl::string_view name);

}  // namespace evroc

#endif  // COMMON_YAML_MEMBERS_H_
