// Computes the usage of the organisation's quotas by the objects of all
// projects (evroc-api.md B.9.6). Pure functions.

#ifndef TESTS_EVROC_SIM_RULES_USAGE_H_
#define TESTS_EVROC_SIM_RULES_USAGE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
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
  std::map<std::string, int64_t> gpus;  // by model
  int64_t disk_kilobytes = 0;
  int64_t public_ips = 0;
  int64_t load_balancers = 0;
};

// The usage at `now` of all objects except `besides`, which may be null, and of
// the machines that are gone but still counted.
Usage UsageOf(const Store& store, absl::Time now, const Key* besides);

// A size such as {"amount": 10, "unit": "GB"}; 0 if absent.
int64_t KilobytesOf(JsonView size);
inline constexpr int64_t kKilobytesPerGb = int64_t{1} << 20;

// The profile of a machine; null if it does not exist.
const Profile* ProfileOf(const Object& machine);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_RULES_USAGE_H_
