#include "shim/userdata/ignition.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/json/json.h"
#include "common/status/status_macros.h"
#include "shim/userdata/config_conflict.h"

namespace evroc::shim {
namespace {

constexpr NamedList kNamedLists[] = {
    {"passwd.groups", "name"},        {"passwd.users", "name"},
    {"storage.directories", "path"},  {"storage.disks", "device"},
    {"storage.files", "path"},        {"storage.filesystems", "device"},
    {"storage.links", "path"},        {"storage.luks", "name"},
    {"storage.raid", "name"},         {"systemd.units", "name"},
    {"systemd.units.dropins", "name"}};

std::string MajorOf(const Json& config) {
  const absl::string_view version = config.At("ignition.version").String();
  return std::string(version.substr(0, version.find('.')));
}

Json Reference(absl::string_view config) {
  return Json::Object(
      {{"source", absl::StrCat("data:;base64,", absl::Base64Escape(config))}});
}

// Versions may differ within a major one: each is of its configuration alone.
absl::Status CheckContents(Json bootstrap, Json user) {
  bootstrap.SetAt("ignition.version", "");
  user.SetAt("ignition.version", "");
  return CheckConflicts(user, bootstrap, kNamedLists, SameName::kEntriesMerge);
}

}  // namespace

absl::StatusOr<std::string> MergeIgnition(absl::string_view bootstrap,
                                          absl::string_view user) {
  EVROC_ASSIGN_OR_RETURN(const Json ours, Json::Parse(bootstrap));
  EVROC_ASSIGN_OR_RETURN(const Json theirs, Json::Parse(user));
  const std::string major = MajorOf(ours);
  if (MajorOf(theirs) != major) {
    return absl::InvalidArgumentError(
        "\"ignition.version\" is of another major version than that of the "
        "bootstrap data");
  }
  if (major != "2" && major != "3") {
    return absl::InvalidArgumentError(
        "\"ignition.version\" is neither 2 nor 3, the versions that can be "
        "merged");
  }
  EVROC_RETURN_IF_ERROR(CheckContents(ours, theirs));
  Json merged = Json::Object();
  merged.SetAt("ignition.version", Json(ours.At("ignition.version")));
  merged.SetAt(
      major == "2" ? "ignition.config.append" : "ignition.config.merge",
      Json::Array({Reference(user), Reference(bootstrap)}));
  return merged.Dump();
}

}  // namespace evroc::shim
