#include "services/inventory/take_over.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evroc::cloud {

TakeOverObject TakeOver::Judge(const Facts& facts) const {
  const auto verdict = [](TakeOverVerdict is, std::string reason) {
    return TakeOverObject{
        .kind = "", .id = "", .verdict = is, .reason = std::move(reason)};
  };
  if (facts.is_ours && !facts.is_theirs) {
    return verdict(
        TakeOverVerdict::kNotTheirs,
        "this provider made it, and the official one would not find it");
  }
  if (request_.action == TakeOverAction::kGiveBack) {
    return verdict(TakeOverVerdict::kGiven,
                   "it is the official provider's again");
  }
  if (facts.is_ours) {
    return verdict(TakeOverVerdict::kTaken, "it has this owner's labels");
  }
  const auto not_proven = [&](std::string reason) {
    return verdict(TakeOverVerdict::kNotProven, std::move(reason));
  };
  if (OwnerOf(facts.labels).has_value()) {
    return not_proven(
        absl::StrCat("it belongs to ", DescribeOwner(facts.labels)));
  }
  if (!facts.proof.has_value()) {
    return not_proven(
        facts.doubt.empty()
            ? "it has the name, and nothing proves that it is this owner's"
            : facts.doubt);
  }
  if (!facts.obstacle.empty()) return not_proven(facts.obstacle);
  return verdict(TakeOverVerdict::kProven, *facts.proof);
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
