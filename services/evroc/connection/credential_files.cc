#include "services/evroc/connection/credential_files.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/read_file.h"
#include "common/status/error_details.h"

namespace evroc::cloud {
namespace {

constexpr absl::string_view kField = "scope.credentials.name";

}  // namespace

absl::StatusOr<std::string> CredentialFiles::Load(
    const std::string& name) const {
  if (path_.empty()) {
    return InvalidField(kField,
                        "this service was started without a folder "
                        "of credentials (--credentials-dir)");
  }
  if (name.empty() || absl::StartsWith(name, ".") ||
      absl::StrContains(name, '/') || absl::StrContains(name, '\0')) {
    return InvalidField(kField, "is not the name of a file");
  }
  std::string content = ReadFile(absl::StrCat(path_, "/", name)).value_or("");
  if (content.empty()) {
    return InvalidField(kField,
                        absl::StrCat("there is no credential \"", name, "\""));
  }
  return content;
}

}  // namespace evroc::cloud
