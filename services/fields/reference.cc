#include "services/fields/reference.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/names/dns_label.h"

namespace evroc::cloud {
namespace {

// The words of "/networking/projects/p/regions/r/subnets/s".
enum Word {
  kRoot,
  kService,
  kProjects,
  kProject,
  kRegions,
  kRegion,
  kKind,
  kId
};
constexpr size_t kWords = kId + 1;
constexpr size_t kMaxReference = 512;

bool IsPathOf(const std::vector<absl::string_view>& words,
              const KindInfo& kind) {
  return words.size() == kWords && words[kRoot].empty() &&
         words[kService] == kind.service && words[kProjects] == "projects" &&
         words[kRegions] == "regions" && words[kKind] == kind.collection &&
         IsDnsLabel(words[kId]);
}

}  // namespace

std::string CheckReference(absl::string_view text, const KindInfo& kind,
                           const Place& place, const std::string& field,
                           Violations& violations) {
  if (text.empty() || IsDnsLabel(text)) return std::string(text);
  const std::vector<absl::string_view> words =
      absl::StrSplit(text.substr(0, kMaxReference + 1), '/');
  if (text.size() > kMaxReference || !IsPathOf(words, kind)) {
    violations.Add(
        field, absl::StrCat("is not the name of a ", kind.kind,
                            " (an RFC 1123 label of at most 63 characters), "
                            "nor the full reference of one"));
    return std::string(text);
  }
  const bool here = words[kProject] == place.project &&
                    (place.region.empty() || words[kRegion] == place.region);
  violations.Check(
      here, field,
      absl::StrCat("\"", text, "\" is of project \"", words[kProject],
                   "\" and region \"", words[kRegion],
                   "\"; it can only be of project \"", place.project,
                   "\" and region \"", place.region, "\""));
  return std::string(here ? words[kId] : text);
}

}  // namespace evroc::cloud
