// The API's rules for disks (evroc-api.md B.5.3). Functions of a store that
// they only read.

#ifndef TESTS_EVROC_SIM_RULES_DISK_RULES_H_
#define TESTS_EVROC_SIM_RULES_DISK_RULES_H_

#include "absl/status/status.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {

absl::Status CheckDiskSpec(const ChangeRequest& change);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_DISK_RULES_H_
