// Random UUIDs (RFC 9562, version 4).

#ifndef COMMON_TEXT_UUID_H_
#define COMMON_TEXT_UUID_H_

#include <string>

namespace evroc {

// Makes one from the system's random source. Thread-safe.
std::string RandomUuid();

}  // namespace evroc

#endif  // COMMON_TEXT_UUID_H_
