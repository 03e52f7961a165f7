// Schemas of specs: the members, their types, and which are required. Unknown
// members are dropped, as the real server prunes them (evroc-api.md B.1). Pure
// functions.

#ifndef TESTS_EVROC_SIM_MODEL_SCHEMA_H_
#define TESTS_EVROC_SIM_MODEL_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/json/json.h"
#include "tests/evroc_sim/model/kind.h"

namespace evroc::sim {

// The schema of a kind's spec, as JSON: an object lists its members, "!" after
// a name makes it required; an array holds its element's schema; a string is
// "string", "int", "bool", "enum:A|B" or, kept as it is, "any".
JsonView SpecSchema(Kind kind);

// Drops null members and unknown ones, and appends the paths of the latter to
// `dropped`. 400 for a wrong type, a value outside an enum, or a missing
// required member.
absl::Status ApplySchema(JsonView schema, Json& value,
                         std::vector<std::string>* dropped);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_SCHEMA_H_
