// Tells whether two configurations can be merged without a choice: lists are
// appended, mappings merged key by key, and a single value has to be the same
// in both. Pure functions.

#ifndef SHIM_USERDATA_CONFIG_CONFLICT_H_
#define SHIM_USERDATA_CONFIG_CONFLICT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/json/json.h"

namespace evroc::shim {

// A list whose entries are about things that have a name.
struct NamedList {
  absl::string_view path;    // "chpasswd.users"
  absl::string_view member;  // the one that names the thing
};

// What it means that both configurations have an entry of one name.
enum class SameName {
  kEntriesMerge,  // as mappings do
  kEntriesMustBeEqual,
};

// OK, or INVALID_ARGUMENT that names the first key at fault and why, and no
// value. `lists` are the named lists.
absl::Status CheckConflicts(JsonView user, JsonView bootstrap,
                            absl::Span<const NamedList> lists,
                            SameName same_name);

// How messages name a key: in quotes, or by that it can't be shown where it is
// no plain name.
std::string KeyForMessage(absl::string_view path);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_CONFIG_CONFLICT_H_
