// Kubernetes discovery: the groups, versions and resources (evroc-api.md A.1).
// Pure functions.

#ifndef TESTS_EVROC_SIM_KCP_KCP_DISCOVERY_H_
#define TESTS_EVROC_SIM_KCP_KCP_DISCOVERY_H_

#include <string>
#include <vector>

#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// Whether `path`, below the workspace, belongs to discovery.
bool IsDiscovery(const std::vector<std::string>& path);
Response Discovery(const std::vector<std::string>& path);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_KCP_KCP_DISCOVERY_H_
