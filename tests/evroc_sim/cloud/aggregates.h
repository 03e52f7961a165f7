// Computes status members that aggregate many objects: a subnet's addresses, a
// group's members. They are computed on read, so that creating ten thousand
// machines in one subnet is cheap. Pure functions.

#ifndef TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_
#define TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_

#include "common/json/json.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// Whether objects of that kind have such members.
bool HasAggregates(Kind kind);

// Returns the whole status of the object.
Json StatusWithAggregates(const Object& object, const Store& store,
                          const Settings& settings);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_
