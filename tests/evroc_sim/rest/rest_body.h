// Parses bodies of POST and PATCH requests of the REST API (evroc-api.md B.3,
// B.8.1). Pure functions.

#ifndef TESTS_EVROC_SIM_REST_REST_BODY_H_
#define TESTS_EVROC_SIM_REST_REST_BODY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/cloud/cloud.h"

namespace evroc::sim {

struct PostBody {
  std::string id;
  Draft draft;
  std::vector<std::string> dropped;  // unknown members
};

// The target of a request: 400 if the body contradicts it.
struct Target {
  absl::string_view api_version;  // "compute/v1beta2"
  absl::string_view kind;         // "VirtualMachine"
  absl::string_view project;
  absl::string_view region;
  absl::string_view id;  // empty in a POST
};

// 400 for malformed JSON, or if it contradicts the target or the common shape.
absl::StatusOr<PostBody> ParsePost(absl::string_view body,
                                   const Target& target);
absl::StatusOr<Revision> ParsePatch(absl::string_view body,
                                    const Target& target);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_REST_BODY_H_
