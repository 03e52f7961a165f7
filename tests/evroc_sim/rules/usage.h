// Computes the usage of the organisation's quotas by the machines and addresses
// of all projects (evroc-api.md B.9.6). Pure functions.

#ifndef TESTS_EVROC_SIM_RULES_USAGE_H_
#define TESTS_EVROC_SIM_RULES_USAGE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// The start of every refusal for want of quota (B.9.1).
inline constexpr absl::string_view kNotEnoughQuota =
    "not enough quota to perform request: ";

struct Usage {
  // Without those of GPU profiles.
  int64_t vcpus = 0;
  int64_t memory_gb = 0;
  int64_t gpus = 0;
  int64_t public_ips = 0;
};

// The usage of all objects except `besides`, which may be null.
Usage UsageOf(const Store& store, const Key* besides);

// The profile of a machine; null if it does not exist.
const Profile* ProfileOf(const Object& machine);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_USAGE_H_
