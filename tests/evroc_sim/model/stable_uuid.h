// UUIDs that stay the same for the same name. A pure function.

#ifndef TESTS_EVROC_SIM_MODEL_STABLE_UUID_H_
#define TESTS_EVROC_SIM_MODEL_STABLE_UUID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evroc::sim {

// A UUID of version 8 (RFC 9562), made of the name's SHA-256.
std::string StableUuid(absl::string_view name);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_STABLE_UUID_H_
