// Reads whole files. A pure function of the file system.

#ifndef COMMON_FILES_READ_FILE_H_
#define COMMON_FILES_READ_FILE_H_

#include <optional>
#include <string>

namespace evroc {

// The file's bytes; nullopt if it can't be opened.
std::optional<std::string> ReadFile(const std::string& path);

}  // namespace evroc

#endif  // COMMON_FILES_READ_FILE_H_
