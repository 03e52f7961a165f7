#include "shim/userdata/merge_user_data.h"

#include <cstddef>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/userdata/config_conflict.h"
#include "shim/userdata/ignition.h"
#include "shim/userdata/mime_message.h"
#include "shim/userdata/part_content.h"
#include "shim/userdata/user_data_kind.h"
#include "shim/userdata/user_data_parts.h"

namespace evroc::shim {
namespace {

constexpr NamedList kNamedLists[] = {
    {"chpasswd.users", "name"}, {"users", "name"}, {"write_files", "path"}};

absl::Status Refused(absl::string_view reason) {
  return absl::InvalidArgumentError(reason);
}

// Scripts of one name would overwrite each other.
absl::Status CheckFileNames(const UserDataParts& user,
                            const UserDataParts& bootstrap) {
  const auto name_of = [](const MimePart& part) {
    return MimeParameter(part, "Content-Disposition", "filename");
  };
  std::set<std::string> names;
  for (const MimePart& part : user.mime) names.insert(name_of(part));
  for (const MimePart& part : bootstrap.mime) {
    const std::string name = name_of(part);
    if (!name.empty() && names.contains(name)) {
      return Refused(
          "has a part with the same file name as one of the bootstrap data");
    }
  }
  return absl::OkStatus();
}

// A cloud-config of the bootstrap data that merges in a way of its own must
// share no key with the user's.
absl::Status CheckNoSharedKey(JsonView user, JsonView bootstrap) {
  absl::Status status;
  user.ForEachMember([&](absl::string_view key, JsonView) {
    if (!status.ok() || !bootstrap[key].exists()) return;
    status = Refused(
        absl::StrCat(KeyForMessage(key),
                     " is in the bootstrap data too, in a part that is not its "
                     "first or says by itself how it is merged"));
  });
  return status;
}

absl::Status CheckConfigs(const UserDataParts& user,
                          const PartContent& bootstrap, bool mergeable) {
  if (bootstrap.fetched) {
    return Refused(
        "can't be merged: the bootstrap data fetches more of it at boot");
  }
  if (!bootstrap.unreadable.empty()) {
    return Refused(absl::StrCat(
        "can't be compared with the bootstrap data, which can't be read: ",
        bootstrap.unreadable));
  }
  for (const PartContent& each : user.contents) {
    for (const Json& config : each.configs) {
      for (const Json& other : bootstrap.configs) {
        EVROC_RETURN_IF_ERROR(
            mergeable ? CheckConflicts(config, other, kNamedLists,
                                       SameName::kEntriesMustBeEqual)
                      : CheckNoSharedKey(config, other));
      }
    }
  }
  return absl::OkStatus();
}

// Makes the bootstrap data's first cloud-config add to the user's, where that
// leaves no choice. What the user's parts fetch at boot can't be seen: it comes
// first, so that the lists of the bootstrap data are appended to its own.
absl::Status MergeConfigs(const UserDataParts& user, UserDataParts& bootstrap) {
  if (!user.MayConfigure() || !bootstrap.MayConfigure()) {
    return absl::OkStatus();
  }
  for (const PartContent& content : user.contents) {
    if (content.unreadable.empty()) continue;
    return Refused(absl::StrCat("can't be compared with the bootstrap data: ",
                                content.unreadable));
  }
  bool first = true;
  for (size_t i = 0; i < bootstrap.mime.size(); ++i) {
    const PartContent& content = bootstrap.contents[i];
    if (!content.MayConfigure()) continue;
    const bool mergeable = first && !content.fixed_merge;
    first = false;
    EVROC_RETURN_IF_ERROR(CheckConfigs(user, content, mergeable));
    if (mergeable) MakeAppending(bootstrap.mime[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MergeCloudInit(const UserDataText& bootstrap,
                                           const UserDataText& user) {
  EVROC_ASSIGN_OR_RETURN(UserDataParts parts, PartsOf(user));
  absl::StatusOr<UserDataParts> others = PartsOf(bootstrap);
  if (!others.ok()) {
    return Annotate(others.status(), "can't be merged with the bootstrap data");
  }
  EVROC_RETURN_IF_ERROR(CheckFileNames(parts, *others));
  EVROC_RETURN_IF_ERROR(MergeConfigs(parts, *others));
  for (MimePart& part : others->mime) parts.mime.push_back(std::move(part));
  return WriteParts(parts, user.compressed || bootstrap.compressed);
}

}  // namespace

absl::StatusOr<std::string> MergeUserData(absl::string_view bootstrap,
                                          absl::string_view user) {
  if (absl::StripAsciiWhitespace(user).empty()) return std::string(bootstrap);
  if (bootstrap.empty()) return std::string(user);
  EVROC_ASSIGN_OR_RETURN(const UserDataText own, ReadUserData(user));
  if (own.kind == UserDataKind::kUnknown) {
    return Refused(absl::StrCat("begins with none of ", kKnownUserData));
  }
  absl::StatusOr<UserDataText> other = ReadUserData(bootstrap);
  if (!other.ok()) {
    return Annotate(other.status(), "can't be merged with the bootstrap data");
  }
  if (other->kind == UserDataKind::kUnknown) {
    return Refused(
        absl::StrCat("can't be merged: the bootstrap data begins with none of ",
                     kKnownUserData));
  }
  const bool ignition = own.kind == UserDataKind::kIgnition;
  if (ignition != (other->kind == UserDataKind::kIgnition)) {
    return Refused(ignition ? "is for Ignition, and the bootstrap data for "
                              "cloud-init: an image has one of both"
                            : "is for cloud-init, and the bootstrap data for "
                              "Ignition: an image has one of both");
  }
  if (!ignition) return MergeCloudInit(*other, own);
  if (own.compressed || other->compressed) {
    return Refused("can't be merged: Ignition reads nothing compressed");
  }
  return MergeIgnition(other->text, own.text);
}

}  // namespace evroc::shim
