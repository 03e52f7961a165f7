// Random UUIDs (version 4, RFC 4122). Thread-safe.

#ifndef TESTS_EVROC_SIM_CLOUD_UUID_H_
#define TESTS_EVROC_SIM_CLOUD_UUID_H_

#include <string>

namespace evroc::sim {

std::string RandomUuid();

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_UUID_H_
