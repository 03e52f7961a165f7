// Reads whole files. A pure function of the file system.

#ifndef COMMON_FILES_READ_FILE_H_
#define COMMON_FILES_READ_FILE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace evroc {

// How long what was read of a credential's files counts without another look at
// them: they may be replaced at any time.
inline constexpr absl::Duration kReadAgain = absl::Seconds(10);

// The file's bytes; nullopt if it can't be opened.
std::optional<std::string> ReadFile(const std::string& path);

}  // namespace evroc

#endif  // COMMON_FILES_READ_FILE_H_
