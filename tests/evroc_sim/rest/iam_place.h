// The collections of IAM and the paths of their objects (evroc-api.md B.1).
// Constant data and pure functions.

#ifndef TESTS_EVROC_SIM_REST_IAM_PLACE_H_
#define TESTS_EVROC_SIM_REST_IAM_PLACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "tests/evroc_sim/iam/resource_name.h"

namespace evroc::sim {

struct IamKind {
  absl::string_view name;        // "ServiceAccount"
  absl::string_view collection;  // "serviceAccounts"
  absl::string_view verbs;       // "GET POST …"
  // The member of the spec that can't change; empty: none.
  absl::string_view immutable;
};

// A collection, or an object or action in it.
struct IamPlace {
  const IamKind* kind = nullptr;  // null: there is no such route
  // The project or organisation of the objects; empty for those themselves.
  IamScope scope;
  std::string collection;  // "projects/p/serviceAccounts"
  std::string id;          // empty: the collection
  std::string action;      // "assign", "revoke"; empty: none

  std::string Path() const;  // of the object
};

// `path` are the words below "iam", "v1beta1".
IamPlace IamPlaceOf(const std::vector<std::string>& path);

// The route of requests to the place, for the statistics.
std::string IamRouteOf(const IamPlace& place);

// The schema of a kind's spec, as in schema.h.
JsonView IamSpecSchema(const IamKind& kind);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_IAM_PLACE_H_
