// Credentials that the operator has put into a folder, by file name. Read anew
// each time, so that a rotated one is taken up. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_
#define SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace evroc::cloud {

class CredentialFiles {
 public:
  // Empty: there is no folder, every name is refused.
  explicit CredentialFiles(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The content of the file. INVALID_ARGUMENT for a name with a
  // credential_files in it or that there is no file for.
  absl::StatusOr<std::string> Load(const std::string& name) const;

 private:
  const std::string path_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_
