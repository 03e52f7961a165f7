#include "shim/userdata/merge_user_data.h"

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/userdata/config_conflict.h"
#include "shim/userdata/gzip.h"
#include "shim/userdata/ignition.h"
#include "shim/userdata/mime_message.h"
#include "shim/userdata/part_content.h"
#include "shim/userdata/user_data_kind.h"

namespace evroc::shim {
namespace {

// Several times what the cloud takes; such texts compress well.
constexpr size_t kMaxUnpackedBytes = size_t{4} << 20;

// cloud-init replaces keys of parts before this one unless a header tells
// otherwise: its bootstrap commands would be all that runs.
constexpr absl::string_view kMergeType =
    "Merge-Type: list(append)+dict(no_replace,recurse_array)+str()\n";

constexpr NamedList kNamedLists[] = {
    {"chpasswd.users", "name"}, {"users", "name"}, {"write_files", "path"}};

absl::Status Refused(absl::string_view reason) {
  return absl::InvalidArgumentError(reason);
}

// One of the two, unpacked.
struct Source {
  std::string text;
  UserDataKind kind = UserDataKind::kUnknown;
  bool compressed = false;
};

absl::StatusOr<Source> ReadSource(absl::string_view data) {
  Source source{.text = std::string(data), .compressed = IsGzip(data)};
  if (source.compressed) {
    EVROC_ASSIGN_OR_RETURN(source.text, Gunzip(data, kMaxUnpackedBytes));
  }
  source.kind = KindOf(source.text);
  return source;
}

// The parts of one of the two in a MIME message, and what is in them.
struct Parts {
  std::vector<MimePart> mime;
  std::vector<PartContent> contents;
};

absl::StatusOr<Parts> PartsOf(const Source& source) {
  Parts parts;
  if (source.kind == UserDataKind::kMime) {
    EVROC_ASSIGN_OR_RETURN(parts.mime, ParseMimeMessage(source.text));
  } else {
    parts.mime = {MakeMimePart(ContentTypeOf(source.kind), source.text)};
  }
  for (const MimePart& part : parts.mime) {
    parts.contents.push_back(ContentOf(part));
  }
  return parts;
}

bool MayConfigure(const Parts& parts) {
  for (const PartContent& content : parts.contents) {
    if (content.MayConfigure()) return true;
  }
  return false;
}

// Scripts of one name would overwrite each other.
absl::Status CheckFileNames(const Parts& user, const Parts& bootstrap) {
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

absl::Status CheckConfigs(const Parts& user, const PartContent& bootstrap,
                          bool mergeable) {
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
absl::Status MergeConfigs(const Parts& user, Parts& bootstrap) {
  if (!MayConfigure(user) || !MayConfigure(bootstrap)) return absl::OkStatus();
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
    if (mergeable) absl::StrAppend(&bootstrap.mime[i].header, kMergeType);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MergeCloudInit(const Source& bootstrap,
                                           const Source& user) {
  EVROC_ASSIGN_OR_RETURN(Parts parts, PartsOf(user));
  absl::StatusOr<Parts> others = PartsOf(bootstrap);
  if (!others.ok()) {
    return Annotate(others.status(), "can't be merged with the bootstrap data");
  }
  EVROC_RETURN_IF_ERROR(CheckFileNames(parts, *others));
  EVROC_RETURN_IF_ERROR(MergeConfigs(parts, *others));
  for (MimePart& part : others->mime) parts.mime.push_back(std::move(part));
  std::string message = WriteMimeMessage(parts.mime);
  return user.compressed || bootstrap.compressed ? Gzip(message) : message;
}

}  // namespace

absl::StatusOr<std::string> MergeUserData(absl::string_view bootstrap,
                                          absl::string_view user) {
  if (absl::StripAsciiWhitespace(user).empty()) return std::string(bootstrap);
  if (bootstrap.empty()) return std::string(user);
  EVROC_ASSIGN_OR_RETURN(const Source own, ReadSource(user));
  if (own.kind == UserDataKind::kUnknown) {
    return Refused(absl::StrCat("begins with none of ", kKnownUserData));
  }
  absl::StatusOr<Source> other = ReadSource(bootstrap);
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
