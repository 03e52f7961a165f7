#include "shim/userdata/ignition.h"

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

constexpr absl::string_view kDataUrl = "data:;base64,";

Json Reference(absl::string_view content) {
  return Json::Object(
      {{"source", absl::StrCat(kDataUrl, absl::Base64Escape(content))}});
}

// Adds the users of that name in a configuration, and in those in it that
// MergeIgnition refers to.
void FindUsers(const Json& config, absl::string_view name,
               std::vector<Json>& found) {
  const JsonView users = config.At("passwd.users");
  for (size_t i = 0; i < users.size(); ++i) {
    if (users[i]["name"].String() == name) found.emplace_back(users[i]);
  }
  for (const absl::string_view path :
       {"ignition.config.append", "ignition.config.merge"}) {
    const JsonView references = config.At(path);
    for (size_t i = 0; i < references.size(); ++i) {
      absl::string_view source = references[i]["source"].String();
      std::string text;
      if (!absl::ConsumePrefix(&source, kDataUrl) ||
          !absl::Base64Unescape(source, &text)) {
        continue;
      }
      const absl::StatusOr<Json> inner = Json::Parse(text);
      if (inner.ok()) FindUsers(*inner, name, found);
    }
  }
}

// The keys that none of the users has: Ignition refuses a repeated key.
Json MissingKeys(const std::vector<Json>& users,
                 absl::Span<const std::string> keys) {
  std::set<std::string> known;
  for (const Json& user : users) {
    const JsonView own = user["sshAuthorizedKeys"];
    for (size_t i = 0; i < own.size(); ++i) {
      known.emplace(absl::StripAsciiWhitespace(own[i].String()));
    }
  }
  Json missing = Json::Array();
  for (const std::string& key : keys) {
    if (known.insert(key).second) missing.Push(key);
  }
  return missing;
}

// By a file, since which group may use sudo depends on the image.
Json SudoersFile(absl::string_view name, bool version2) {
  Json file = Json::Object(
      {{"path", absl::StrCat("/etc/sudoers.d/", name)}, {"mode", 0440}});
  if (version2) {
    file.Set("filesystem", "root");
  } else {
    file.Set("overwrite", true);  // as version 2 does
  }
  file.Set("contents",
           Reference(absl::StrCat(name, " ALL=(ALL) NOPASSWD:ALL\n")));
  return file;
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

absl::StatusOr<std::string> AddIgnitionUser(
    absl::string_view config, absl::string_view name,
    absl::Span<const std::string> keys) {
  EVROC_ASSIGN_OR_RETURN(const Json base, Json::Parse(config));
  std::vector<Json> users;
  FindUsers(base, name, users);
  Json missing = MissingKeys(users, keys);
  if (missing.view().size() == 0) return std::string(config);
  const bool version2 = MajorOf(base) == "2";
  if (!users.empty() && version2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "can't be added: the user data makes ", name,
        " without them, and Ignition of version 2 has no rule for that"));
  }
  Json user =
      Json::Object({{"name", name}, {"sshAuthorizedKeys", std::move(missing)}});
  Json added = Json::Object();
  added.SetAt("ignition.version", Json(base.At("ignition.version")));
  if (users.empty()) {
    user.Set("shell", "/bin/bash");
    added.SetAt("storage.files", Json::Array({SudoersFile(name, version2)}));
  }
  added.SetAt("passwd.users", Json::Array({std::move(user)}));
  return MergeIgnition(config, added.Dump());
}

}  // namespace evroc::shim
