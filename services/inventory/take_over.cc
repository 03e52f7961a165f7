#include "services/inventory/take_over.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace evroc::cloud {

std::string TakeOver::WhoseElse(const Labels& labels) {
  if (OwnerOf(labels).has_value()) {
    return absl::StrCat("it belongs to ", DescribeOwner(labels));
  }
  return "it has the name, and nothing proves that it is this owner's";
}

absl::StatusOr<std::vector<TakeOverObject>> TakeOver::Finish() {
  const bool proven =
      std::none_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
        return entry.object.verdict == TakeOverVerdict::kNotProven;
      });
  const bool change = request_.action != TakeOverAction::kReport && proven;
  const bool take = request_.action == TakeOverAction::kTake;
  if (take) std::reverse(entries_.begin(), entries_.end());
  std::vector<TakeOverObject> objects;
  for (Entry& entry : entries_) {
    if (change && entry.change) {
      EVROC_RETURN_IF_ERROR(entry.change());
      if (take) entry.object.verdict = TakeOverVerdict::kTaken;
    }
    objects.push_back(std::move(entry.object));
  }
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
  });
  return objects;
}

}  // namespace evroc::cloud
