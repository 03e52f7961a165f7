// Makes random UUIDs (RFC 9562, version 4). Thread-safe.

#ifndef SHIM_RECONCILE_UUID_H_
#define SHIM_RECONCILE_UUID_H_

#include <string>

namespace evroc::shim {

// A new UUID from the system's random source.
std::string RandomUuid();

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_UUID_H_
