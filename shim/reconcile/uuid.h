// Random UUIDs (RFC 9562, version 4).

#ifndef SHIM_RECONCILE_UUID_H_
#define SHIM_RECONCILE_UUID_H_

#include <string>

namespace evroc::shim {

// From the system's random source: two are never the same. Thread-safe.
std::string RandomUuid();

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_UUID_H_
