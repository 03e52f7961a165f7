#include "services/inventory/take_over.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace evroc::cloud {

Labels TakeOver::OwnerOnly(const Labels& ours) {
  Labels owner = ours;
  owner.erase(kRoleLabel);
  owner.erase(kPartLabel);
  return owner;
}

std::string TakeOver::WhoseElse(const Labels& labels) {
  if (OwnerOf(labels).has_value()) {
    return absl::StrCat("it belongs to ", DescribeOwner(labels));
  }
  return "it has the name, and nothing proves that it is this owner's";
}

absl::StatusOr<std::vector<TakeOverObject>> TakeOver::Finish() {
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.object.kind, a.object.id) <
           std::tie(b.object.kind, b.object.id);
  });
  const bool proven =
      std::none_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
        return entry.object.verdict == TakeOverVerdict::kNotProven;
      });
  const bool change = request_.action != TakeOverAction::kReport && proven;
  std::vector<TakeOverObject> objects;
  for (Entry& entry : entries_) {
    if (change && entry.change) {
      EVROC_RETURN_IF_ERROR(entry.change());
      if (request_.action == TakeOverAction::kTake) {
        entry.object.verdict = TakeOverVerdict::kTaken;
      }
    }
    objects.push_back(std::move(entry.object));
  }
  return objects;
}

}  // namespace evroc::cloud
