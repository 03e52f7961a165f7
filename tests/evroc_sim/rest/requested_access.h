// What a request to the REST API needs: a permission named after its service,
// collection and verb, on a resource (evroc-api.md B.9.8). Pure functions.

#ifndef TESTS_EVROC_SIM_REST_REQUESTED_ACCESS_H_
#define TESTS_EVROC_SIM_REST_REQUESTED_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "tests/evroc_sim/iam/access_control.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// `path` are the words of the request's path. Nullopt for what everybody may
// do: a route that does not exist, the caller's own access, the roles, and
// lists of projects and organisations, which hold what the caller may read.
std::optional<AccessRequest> AccessOf(const Request& request,
                                      const std::vector<std::string>& path);

// What the caller needs to see a project or an organisation in a list.
AccessRequest AccessToRead(absl::string_view collection, absl::string_view id);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_REST_REQUESTED_ACCESS_H_
