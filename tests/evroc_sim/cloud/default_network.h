// The network that every project starts with (evroc-api.md C.12): a VPC, a
// subnet in each zone, and two security groups. A pure function.

#ifndef TESTS_EVROC_SIM_CLOUD_DEFAULT_NETWORK_H_
#define TESTS_EVROC_SIM_CLOUD_DEFAULT_NETWORK_H_

#include <string>
#include <vector>

#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {

// In the order in which they can be created.
std::vector<Object> DefaultNetwork(const std::string& project,
                                   const std::string& region);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_DEFAULT_NETWORK_H_
