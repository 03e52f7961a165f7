// Compresses and unpacks gzip, over zlib. Pure functions.

#ifndef SHIM_USERDATA_GZIP_H_
#define SHIM_USERDATA_GZIP_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {

bool IsGzip(absl::string_view data);

// INVALID_ARGUMENT for data that is damaged or unpacks to more than
// `max_bytes`.
absl::StatusOr<std::string> Gunzip(absl::string_view data, size_t max_bytes);

// The same bytes for the same data: the header has no time.
std::string Gzip(absl::string_view data);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_GZIP_H_
