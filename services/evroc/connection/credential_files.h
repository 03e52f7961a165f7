// Reads credentials from files in the operator's folder, by file name. Reads
// them again each time, so that a rotated one takes effect. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_
#define SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace evroc::cloud {

class CredentialFiles {
 public:
  // Empty: there is no folder, and every name is refused.
  explicit CredentialFiles(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Returns the file's content. INVALID_ARGUMENT for a name with a directory in
  // it or without a file.
  absl::StatusOr<std::string> Load(const std::string& name) const;

 private:
  const std::string path_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CREDENTIAL_FILES_H_
