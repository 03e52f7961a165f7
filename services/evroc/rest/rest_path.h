// Paths of regional collections in the REST API (evroc-api.md B.1). Pure
// functions.

#ifndef SERVICES_EVROC_REST_REST_PATH_H_
#define SERVICES_EVROC_REST_REST_PATH_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "common/http/url.h"
#include "services/evroc/api/kinds.h"
#include "services/evroc/codec/reference.h"

namespace evroc::cloud {

inline std::string RegionalPath(const RestScope& scope, const KindInfo& kind) {
  return absl::StrCat("/", kind.service, "/", kind.version, "/projects/",
                      EscapeUrlComponent(scope.project), "/regions/",
                      EscapeUrlComponent(scope.region), "/", kind.collection);
}

// The same with placeholders, for metrics.
inline std::string RegionalRoute(const KindInfo& kind) {
  return absl::StrCat("/", kind.service, "/", kind.version,
                      "/projects/{project}/regions/{region}/", kind.collection);
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_REST_REST_PATH_H_
