// Checks the references to objects that requests have: an id, or the full path
// of an object of the request's project and region (evroc-api.md B.4). Pure
// functions.

#ifndef SERVICES_FIELDS_REFERENCE_H_
#define SERVICES_FIELDS_REFERENCE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/status/violations.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/api/network_api.h"

namespace evroc::cloud {

// Where the objects of a request are, and what the cloud's API offers there.
struct Place {
  Capabilities capabilities;
  std::string project;
  std::string region;  // may be empty: the API has none
};

// Returns the id in `text`, empty for an empty one. Adds a violation, and
// returns `text`, if it is neither an id nor the path of an object of `kind` in
// `place`.
std::string CheckReference(absl::string_view text, const KindInfo& kind,
                           const Place& place, const std::string& field,
                           Violations& violations);

template <typename T>
Id<T> CheckReference(absl::string_view text, const Place& place,
                     const std::string& field, Violations& violations) {
  return Id<T>(CheckReference(text, kKindInfo<T>, place, field, violations));
}

}  // namespace evroc::cloud

#endif  // SERVICES_FIELDS_REFERENCE_H_
