#include "services/identity/object_name.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

struct SplitName {
  absl::string_view readable;  // may be empty
  absl::string_view hash;
};

// Nothing for what ends with no hash.
std::optional<SplitName> Split(absl::string_view id) {
  if (id.size() < kHashLength) return std::nullopt;
  const absl::string_view hash = id.substr(id.size() - kHashLength);
  absl::string_view readable = id.substr(0, id.size() - kHashLength);
  const bool is_hash = std::all_of(hash.begin(), hash.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (!is_hash) return std::nullopt;
  if (readable.empty()) return SplitName{readable, hash};
  if (readable.back() != '-') return std::nullopt;
  readable.remove_suffix(1);
  return SplitName{readable, hash};
}

std::optional<std::string> OfficialName(const Owner& owner,
                                        absl::string_view kind,
                                        absl::string_view name) {
  const InternedString& prefix = owner.resource_prefix;
  if (prefix.empty()) return std::nullopt;
  auto official = owner.machine_id.empty()
                      ? OfficialClusterName(prefix, kind, name)
                      : OfficialMachineName(prefix, kind, name);
  // The cloud takes no longer ones, so that there is none.
  if (official.has_value() && !IsDnsLabel(*official)) return std::nullopt;
  return official;
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

bool HasObjectName(
    const Owner& owner, absl::string_view kind, absl::string_view id,
    absl::FunctionRef<std::vector<std::string>(absl::string_view end)>
        names_for) {
  const std::optional<SplitName> split = Split(id);
  if (!split.has_value()) return false;
  const auto has_name = [&](absl::string_view end) {
    const std::vector<std::string> names = names_for(end);
    return std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return Hash(owner, kind, name) == split->hash;
    });
  };
  const absl::string_view readable = split->readable;
  if (has_name("") || has_name(readable)) return true;
  for (size_t at = readable.find('-'); at != readable.npos;
       at = readable.find('-', at + 1)) {
    if (has_name(readable.substr(at + 1))) return true;
  }
  return false;
}

bool LooksLikeObjectOf(absl::string_view cluster_name, absl::string_view part,
                       absl::string_view id) {
  // A name of this length is never cut.
  constexpr size_t kAlwaysWhole = 24;
  const std::optional<SplitName> split = Split(id);
  const std::string whose = ReadableLabel(cluster_name);
  if (!split.has_value() || whose.empty()) return false;
  const absl::string_view readable = split->readable;
  const absl::string_view whole =
      absl::string_view(whose).substr(0, kAlwaysWhole);
  if (!absl::StartsWith(readable, whole)) return false;
  size_t same = whole.size();
  while (same < whose.size() && same < readable.size() &&
         whose[same] == readable[same]) {
    ++same;
  }
  // Where a name is cut behind a "-", no second one follows.
  if (readable[same - 1] == '-') --same;
  return absl::StartsWith(readable.substr(same), absl::StrCat("-", part));
}

}  // namespace evroc::cloud
