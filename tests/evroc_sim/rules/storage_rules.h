// The API's rules for buckets, bucket service accounts (evroc-api.md B.11) and
// the custom disk images made from them (B.5.8). A function of a store that it
// only reads.

#ifndef TESTS_EVROC_SIM_RULES_STORAGE_RULES_H_
#define TESTS_EVROC_SIM_RULES_STORAGE_RULES_H_

#include "absl/status/status.h"
#include "tests/evroc_sim/rules/change_request.h"

namespace evroc::sim {

absl::Status CheckStorageSpec(const ChangeRequest& change);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_STORAGE_RULES_H_
