#include "shim/userdata/login_keys.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/userdata/ignition.h"
#include "shim/userdata/user_data_parts.h"

namespace evroc::shim {
namespace {

using Keys = absl::Span<const std::string>;

constexpr absl::string_view kLoginUser = "evroc-user";
constexpr absl::string_view kUsers = "users";
constexpr absl::string_view kSshKeys = "ssh_authorized_keys";
// cloud-init takes a user's keys under both names.
constexpr absl::string_view kSshKeyNames[] = {kSshKeys, "ssh-authorized-keys"};

absl::Status Refused(absl::string_view reason) {
  return absl::InvalidArgumentError(reason);
}

Json ListOf(Keys keys) {
  Json list = Json::Array();
  for (const std::string& key : keys) list.Push(key);
  return list;
}

MimePart ConfigPart(const Json& config) {
  return MakeMimePart("text/cloud-config",
                      absl::StrCat("#cloud-config\n", config.Dump(), "\n"));
}

// The list `users` that cloud-init merges of all parts.
struct Users {
  bool defined = false;
  std::vector<JsonView> entries;
  // Whether each part that brings users adds to those before it.
  bool appended = true;
};

// cloud-init would replace what is no list, or keep it and drop ours.
absl::Status CheckLists(JsonView config) {
  if (config["<<"].exists()) {
    return Refused(
        "can't be added: the user data uses YAML's merge key \"<<\", so that "
        "its users can't be read");
  }
  for (const absl::string_view key : {kUsers, kSshKeys}) {
    if (!config[key].exists() || config[key].is_array()) continue;
    return Refused(absl::StrCat("can't be added: \"", key,
                                "\" of the user data is no list"));
  }
  return absl::OkStatus();
}

absl::Status AddUsers(const UserDataParts& parts, size_t part, Users& users) {
  for (const Json& config : parts.contents[part].configs) {
    EVROC_RETURN_IF_ERROR(CheckLists(config));
    const JsonView list = config[kUsers];
    if (!list.exists()) continue;
    const bool appended = IsAppending(parts.mime[part]) &&
                          !config["merge_how"].exists() &&
                          !config["merge_type"].exists();
    if (users.defined && !appended) {
      users.appended = false;
      // By itself cloud-init replaces what was before.
      if (!parts.contents[part].fixed_merge) users.entries.clear();
    }
    users.defined = true;
    for (size_t i = 0; i < list.size(); ++i) users.entries.push_back(list[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<Users> UsersOf(const UserDataParts& parts) {
  Users users;
  for (size_t i = 0; i < parts.contents.size(); ++i) {
    const PartContent& content = parts.contents[i];
    if (!content.unreadable.empty()) {
      return Refused(
          absl::StrCat("can't be added to the user data, which can't be read: ",
                       content.unreadable));
    }
    if (content.fetched) users.appended = false;
    EVROC_RETURN_IF_ERROR(AddUsers(parts, i, users));
  }
  return users;
}

bool IsLoginUser(JsonView entry) {
  if (entry.is_object()) return entry["name"].String() == kLoginUser;
  const std::vector<absl::string_view> names =
      absl::StrSplit(entry.String(), ',');
  return std::find(names.begin(), names.end(), kLoginUser) != names.end();
}

// cloud-init makes neither a user that has keys and one of these settings nor
// those after it.
absl::Status CheckTakesKeys(JsonView entry) {
  absl::Status status;
  entry.ForEachMember([&](absl::string_view key, JsonView value) {
    const std::string name = absl::StrReplaceAll(key, {{"-", "_"}});
    const bool excludes = name == "no_create_home" ||
                          name == "ssh_redirect_user" || name == "system";
    if (!excludes || (value.is_bool() && !value.Bool())) return;
    status =
        Refused(absl::StrCat("can't be added: the user data makes ", kLoginUser,
                             " with \"", name, "\", which excludes keys"));
  });
  return status;
}

// The entry whose keys count: cloud-init merges entries of one name, and takes
// each key of them from the first that has it.
struct LoginUser {
  bool exists = false;
  size_t index = 0;             // of the entry with keys
  absl::string_view keys_name;  // empty: no entry has keys
};

absl::StatusOr<LoginUser> FindLoginUser(const Users& users) {
  LoginUser found;
  for (size_t i = 0; i < users.entries.size(); ++i) {
    const JsonView entry = users.entries[i];
    if (!IsLoginUser(entry)) continue;
    EVROC_RETURN_IF_ERROR(CheckTakesKeys(entry));
    found.exists = true;
    if (!found.keys_name.empty()) continue;
    for (const absl::string_view name : kSshKeyNames) {
      if (entry[name].exists()) found.keys_name = name;
    }
    found.index = i;
  }
  return found;
}

// The keys that are not in a list.
std::vector<std::string> Missing(JsonView list, Keys keys) {
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    bool has = false;
    for (size_t i = 0; i < list.size() && !has; ++i) {
      has = absl::StripAsciiWhitespace(list[i].String()) == key;
    }
    if (!has) missing.push_back(key);
  }
  return missing;
}

bool IsRendered(JsonView list) {
  for (size_t i = 0; i < list.size(); ++i) {
    const absl::string_view key = list[i].String();
    if (absl::StrContains(key, "{{") || absl::StrContains(key, "{%")) {
      return true;
    }
  }
  return false;
}

// Puts a part before all others in which the login user has its own keys and
// the missing ones: the first entry's keys count. What comes after it must
// leave the list `users` as it is.
absl::Status PrependKeys(const Users& users, const LoginUser& user,
                         Keys missing, UserDataParts& parts) {
  const JsonView own = users.entries[user.index][user.keys_name];
  if (!own.is_array() || IsRendered(own)) {
    return Refused(absl::StrCat(
        "can't be added: the keys that the user data gives to ", kLoginUser,
        own.is_array() ? " are made by a template" : " are no list"));
  }
  const auto first = std::find_if(
      parts.contents.begin(), parts.contents.end(),
      [](const PartContent& content) { return content.MayConfigure(); });
  if (!users.appended || first->fixed_merge) {
    return Refused(absl::StrCat(
        "can't be added: the user data gives other keys to ", kLoginUser,
        ", and has several parts that may bring users or says by itself how "
        "they are merged"));
  }
  MakeAppending(parts.mime[first - parts.contents.begin()]);
  Json keys(own);
  for (const std::string& key : missing) keys.Push(key);
  Json entry = Json::Object({{"name", kLoginUser}});
  entry.Set(user.keys_name, std::move(keys));
  const Json config = Json::Object({{kUsers, Json::Array({std::move(entry)})}});
  parts.mime.insert(parts.mime.begin(), ConfigPart(config));
  return absl::OkStatus();
}

// The list `users` to append; null: none. Without one of the user data
// cloud-init makes the default user, which has to stay.
Json UsersToAppend(const Users& users, const LoginUser& user, Keys keys) {
  if (!user.keys_name.empty()) return {};
  Json entry = Json::Object({{"name", kLoginUser}, {kSshKeys, ListOf(keys)}});
  if (user.exists) return Json::Array({std::move(entry)});
  entry.Set("shell", "/bin/bash");
  entry.Set("sudo", "ALL=(ALL) NOPASSWD:ALL");
  entry.Set("lock_passwd", true);
  if (users.defined) return Json::Array({std::move(entry)});
  return Json::Array({"default", std::move(entry)});
}

// The part comes last: what is before it, also unseen, can't replace it.
absl::StatusOr<std::string> AddToCloudInit(const UserDataText& data,
                                           Keys keys) {
  EVROC_ASSIGN_OR_RETURN(UserDataParts parts, PartsOf(data));
  EVROC_ASSIGN_OR_RETURN(const Users users, UsersOf(parts));
  EVROC_ASSIGN_OR_RETURN(const LoginUser user, FindLoginUser(users));
  if (!user.keys_name.empty()) {
    const std::vector<std::string> missing =
        Missing(users.entries[user.index][user.keys_name], keys);
    if (missing.empty()) return std::string();
    EVROC_RETURN_IF_ERROR(PrependKeys(users, user, missing, parts));
  }
  Json config = Json::Object({{kSshKeys, ListOf(keys)}});
  Json appended = UsersToAppend(users, user, keys);
  if (!appended.view().is_null()) config.Set(kUsers, std::move(appended));
  MimePart part = ConfigPart(config);
  MakeAppending(part);
  parts.mime.push_back(std::move(part));
  return WriteParts(parts, data.compressed);
}

}  // namespace

absl::StatusOr<std::string> AddLoginKeys(absl::string_view data, Keys keys) {
  if (keys.empty()) return std::string(data);
  const absl::StatusOr<UserDataText> read = ReadUserData(data);
  if (!read.ok()) {
    return Annotate(read.status(), "can't be added to the user data");
  }
  if (read->kind == UserDataKind::kUnknown) {
    return Refused(absl::StrCat(
        "can't be added to the user data, which begins with none of ",
        kKnownUserData));
  }
  if (read->kind != UserDataKind::kIgnition) {
    EVROC_ASSIGN_OR_RETURN(std::string added, AddToCloudInit(*read, keys));
    return added.empty() ? std::string(data) : added;
  }
  if (read->compressed) {
    return Refused("can't be added: Ignition reads nothing compressed");
  }
  return AddIgnitionUser(read->text, kLoginUser, keys);
}

}  // namespace evroc::shim
