// Codec for objects in the state file of --state. Pure functions.

#ifndef TESTS_EVROC_SIM_CLOUD_SAVED_OBJECT_H_
#define TESTS_EVROC_SIM_CLOUD_SAVED_OBJECT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

Json ToSavedJson(const Object& object);
// INVALID_ARGUMENT for anything that ToSavedJson does not produce.
absl::StatusOr<Object> FromSavedJson(JsonView json);

// The machines that the quota still counts.
Json ToSavedJson(const std::vector<DepartedMachine>& machines);
std::vector<DepartedMachine> DepartedFromSavedJson(JsonView json);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_SAVED_OBJECT_H_
