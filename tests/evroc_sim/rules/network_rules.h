// The API's rules for VPCs, subnets, security groups and public IPs
// (evroc-api.md B.6). A function of a store that it only reads.

#ifndef TESTS_EVROC_SIM_RULES_NETWORK_RULES_H_
#define TESTS_EVROC_SIM_RULES_NETWORK_RULES_H_

#include "absl/status/status.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {

absl::Status CheckNetworkSpec(const ChangeRequest& change);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_NETWORK_RULES_H_
