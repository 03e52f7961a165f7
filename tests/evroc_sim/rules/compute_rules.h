// The API's rules for machines, snapshots, attachments and placement groups
// (B.5). A function of a store that it only reads.

#ifndef TESTS_EVROC_SIM_RULES_COMPUTE_RULES_H_
#define TESTS_EVROC_SIM_RULES_COMPUTE_RULES_H_

#include "absl/status/status.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {

absl::Status CheckComputeSpec(const ChangeRequest& change);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_COMPUTE_RULES_H_
