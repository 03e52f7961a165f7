#include "services/identity/object_name.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/sha256.h"
#include "common/names/official_names.h"

namespace evroc::cloud {
namespace {

constexpr size_t kHashLength = 8;

std::string Hash(const Owner& owner, absl::string_view kind,
                 absl::string_view name) {
  const std::vector<absl::string_view> identity = {
      owner.cluster_id, owner.machine_id, kind, name};
  return Sha256Hex(absl::StrJoin(identity, "\n")).substr(0, kHashLength);
}

std::optional<std::string> OfficialName(const Owner& owner,
                                        absl::string_view kind,
                                        absl::string_view name) {
  const InternedString& prefix = owner.resource_prefix;
  if (prefix.empty()) return std::nullopt;
  return owner.machine_id.empty() ? OfficialClusterName(prefix, kind, name)
                                  : OfficialMachineName(prefix, kind, name);
}

}  // namespace

std::string ObjectName(const Owner& owner, absl::string_view kind,
                       absl::string_view name, size_t max_length) {
  if (auto official = OfficialName(owner, kind, name); official.has_value()) {
    return *std::move(official);
  }
  const std::string& whose =
      owner.machine_id.empty() ? owner.cluster_name : owner.machine_name;
  // The part's name stays whole as long as it leaves room for its owner's.
  const size_t room = max_length - kHashLength - 1;
  const std::string part = ReadableLabel(name).substr(0, room / 2);
  std::string readable = ReadableLabel(whose).substr(
      0, part.empty() ? room : room - part.size() - 1);
  if (!part.empty()) absl::StrAppend(&readable, "-", part);
  readable = ReadableLabel(readable);
  const std::string hash = Hash(owner, kind, name);
  return readable.empty() ? hash : absl::StrCat(readable, "-", hash);
}

}  // namespace evroc::cloud
