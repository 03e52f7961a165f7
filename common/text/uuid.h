// UUIDs (RFC 9562).

#ifndef COMMON_TEXT_UUID_H_
#define COMMON_TEXT_UUID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evroc {

// Makes one of version 4 from the system's random source. Thread-safe.
std::string RandomUuid();

// Whether `text` is a UUID of any version in its usual form of 36 characters,
// with small or capital letters.
bool IsUuid(absl::string_view text);

}  // namespace evroc

#endif  // COMMON_TEXT_UUID_H_
