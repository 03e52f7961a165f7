#include "shim/userdata/config_conflict.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

constexpr size_t kMaxKey = 100;
// YAML's merge key brings keys that are not in the mapping itself.
constexpr absl::string_view kMergeKey = "<<";

absl::string_view TypeOf(JsonView value) {
  if (value.is_object()) return "a mapping";
  if (value.is_array()) return "a list";
  if (value.is_null()) return "empty";
  return "a single value";
}

class Comparison {
 public:
  Comparison(absl::Span<const NamedList> lists, SameName same_name)
      : lists_(lists), same_name_(same_name) {}

  absl::Status Compare(JsonView user, JsonView bootstrap,
                       const std::string& path) const {
    if (TypeOf(user) != TypeOf(bootstrap)) {
      return absl::InvalidArgumentError(
          absl::StrCat(KeyForMessage(path), " is ", TypeOf(user), ", and ",
                       TypeOf(bootstrap), " in the bootstrap data"));
    }
    if (user.is_object()) return CompareMembers(user, bootstrap, path);
    if (user.is_array()) return CompareEntries(user, bootstrap, path);
    if (user == bootstrap) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        KeyForMessage(path), " has another value in the bootstrap data"));
  }

 private:
  absl::Status CompareMembers(JsonView user, JsonView bootstrap,
                              const std::string& path) const {
    if (user[kMergeKey].exists() || bootstrap[kMergeKey].exists()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path.empty() ? "the configuration" : KeyForMessage(path),
          " uses YAML's merge key \"<<\", here or in the bootstrap data, so "
          "that its keys can't be compared"));
    }
    absl::Status status;
    user.ForEachMember([&](absl::string_view key, JsonView value) {
      const JsonView other = bootstrap[key];
      if (!status.ok() || !other.exists()) return;
      status = Compare(
          value, other,
          path.empty() ? std::string(key) : absl::StrCat(path, ".", key));
    });
    return status;
  }

  absl::Status CompareEntries(JsonView user, JsonView bootstrap,
                              const std::string& path) const {
    const auto list =
        std::find_if(lists_.begin(), lists_.end(),
                     [&](const NamedList& each) { return each.path == path; });
    if (list == lists_.end()) return absl::OkStatus();
    for (size_t i = 0; i < user.size(); ++i) {
      for (size_t j = 0; j < bootstrap.size(); ++j) {
        const JsonView name = user[i][list->member];
        if (!name.is_string() || !(name == bootstrap[j][list->member])) {
          continue;
        }
        EVROC_RETURN_IF_ERROR(
            CompareNamed(user[i], bootstrap[j], path, list->member));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CompareNamed(JsonView user, JsonView bootstrap,
                            const std::string& path,
                            absl::string_view member) const {
    if (user == bootstrap) return absl::OkStatus();
    if (same_name_ == SameName::kEntriesMerge) {
      return CompareMembers(user, bootstrap, path);
    }
    return absl::InvalidArgumentError(
        absl::StrCat(KeyForMessage(path), " has an entry with the same \"",
                     member, "\" as a different one of the bootstrap data"));
  }

  const absl::Span<const NamedList> lists_;
  const SameName same_name_;
};

}  // namespace

absl::Status CheckConflicts(JsonView user, JsonView bootstrap,
                            absl::Span<const NamedList> lists,
                            SameName same_name) {
  return Comparison(lists, same_name).Compare(user, bootstrap, "");
}

std::string KeyForMessage(absl::string_view path) {
  const bool plain =
      !path.empty() && path.size() <= kMaxKey &&
      std::all_of(path.begin(), path.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
               c == '-' || c == '.';
      });
  return plain ? absl::StrCat("\"", path, "\"")
               : "a key whose name can't be shown";
}

}  // namespace evroc::shim
