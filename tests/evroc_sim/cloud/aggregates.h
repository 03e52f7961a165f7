// Status members that count many others: a subnet's addresses, a group's
// members. Worked out when somebody reads, so that ten thousand machines in
// one subnet cost nothing to make. Pure functions.

#ifndef TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_
#define TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_

#include "common/json/json.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// Whether objects of that kind have such members.
bool HasAggregates(Kind kind);

// The whole status of the object.
Json StatusWithAggregates(const Object& object, const Store& store,
                          const Settings& settings);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_AGGREGATES_H_
