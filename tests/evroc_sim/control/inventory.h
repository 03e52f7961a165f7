// Lists the simulated cloud's objects for tests and people: one line for each,
// without user data. Pure functions.

#ifndef TESTS_EVROC_SIM_CONTROL_INVENTORY_H_
#define TESTS_EVROC_SIM_CONTROL_INVENTORY_H_

#include <string>

#include "absl/time/time.h"
#include "common/json/json.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// {"objects": [{"fqid", "collection", "project", "id", "uid", "state",
//   "since_ms", "labels", …}], "counts": {"disks": 3}}, of one project or, if
// it is empty, of all. What every project starts with is left out.
Json InventoryJson(const Store& store, const std::string& project,
                   absl::Time now);

// Encodes a machine for `/sim/v1/vms?watch=true`. Its "image" is that of the
// boot disk: {"ref", "version"}, the version if it is a custom image that names
// one.
Json MachineLine(const Store& store, const Object& machine, bool gone);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CONTROL_INVENTORY_H_
