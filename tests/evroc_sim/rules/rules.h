// The validation and defaults of the real API, kind by kind (evroc-api.md B.5
// to B.9). Functions of a store that they only read.

#ifndef TESTS_EVROC_SIM_RULES_RULES_H_
#define TESTS_EVROC_SIM_RULES_RULES_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {

// Whether the spec may be stored: references, zones, blocks, quotas,
// immutability. Returns the API's error.
absl::Status CheckSpec(const ChangeRequest& change);

// Adds the members that the server sets by default.
void ApplyDefaults(const Store& store, const Settings& settings,
                   Object& object);

// The kinds of users that block the deletion of an object of that kind.
std::vector<Kind> BlockingUsers(Kind kind);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_RULES_H_
