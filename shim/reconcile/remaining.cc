#include "shim/reconcile/remaining.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace evroc::shim {

std::string DescribeRemaining(
    const std::vector<common::v1::RemainingObject>& remaining) {
  constexpr size_t kNamed = 5;
  std::vector<std::string> parts;
  const size_t named = std::min(remaining.size(), kNamed);
  parts.reserve(named + 1);
  for (size_t i = 0; i < named; ++i) {
    const common::v1::RemainingObject& object = remaining[i];
    std::string part = absl::StrCat(object.kind(), " ", object.id());
    if (!object.reason().empty()) {
      absl::StrAppend(&part, " (", object.reason(), ")");
    }
    parts.push_back(std::move(part));
  }
  if (remaining.size() > kNamed) {
    parts.push_back(absl::StrCat(remaining.size() - kNamed, " more"));
  }
  return absl::StrCat("waiting for ", absl::StrJoin(parts, ", "));
}

}  // namespace evroc::shim
