// Takes the user data of cloud-init apart, and writes it again as one MIME
// message. Pure functions.

#ifndef SHIM_USERDATA_USER_DATA_PARTS_H_
#define SHIM_USERDATA_USER_DATA_PARTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shim/userdata/mime_message.h"
#include "shim/userdata/part_content.h"
#include "shim/userdata/user_data_kind.h"

namespace evroc::shim {

// User data, unpacked.
struct UserDataText {
  std::string text;
  UserDataKind kind = UserDataKind::kUnknown;
  bool compressed = false;  // it was
};

// INVALID_ARGUMENT for gzip that is damaged or too large.
absl::StatusOr<UserDataText> ReadUserData(absl::string_view data);

// Parts of a MIME message, and what is in each.
struct UserDataParts {
  std::vector<MimePart> mime;
  std::vector<PartContent> contents;

  bool MayConfigure() const;
};

// Returns the parts of a message, and of another kind of cloud-init the one
// part that it is. INVALID_ARGUMENT for a message that can't be read.
absl::StatusOr<UserDataParts> PartsOf(const UserDataText& data);

// Makes a cloud-config, which has no header for that yet, append its lists to
// those of the parts before it and merge its mappings with theirs. By itself
// cloud-init replaces their keys.
void MakeAppending(MimePart& part);
// Whether the part has that header.
bool IsAppending(const MimePart& part);

// Returns one message; the same bytes for the same parts.
std::string WriteParts(const UserDataParts& parts, bool compressed);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_USER_DATA_PARTS_H_
