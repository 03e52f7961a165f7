#include "services/inventory/removal.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace evroc::cloud {

std::string WhyNotSame(bool same_uid, const Labels& labels,
                       const OwnerKey& owner) {
  if (!same_uid) {
    return "somebody made it again under its name; it is looked at again";
  }
  if (OwnerKeyOf(labels) == owner) return "";
  return absl::StrCat("it belongs to ", DescribeOwner(labels),
                      " since it was found; it is looked at again");
}

std::string WhyInDoubt(const Labels& labels, const OwnerKey& owner) {
  const bool is_official =
      std::any_of(labels.begin(), labels.end(), [](const auto& label) {
        return absl::StartsWith(label.first, kOfficialLabelPrefix);
      });
  if (is_official || OwnerOf(labels).has_value()) return "";
  return absl::StrCat(
      "it has this owner's name but not its labels: give it the labels ",
      DescribeLabels(owner),
      " to have it deleted, or delete it; to keep it, give it those of another "
      "cluster");
}

bool Sweep::IsHopeless() const {
  return absl::IsUnauthenticated(error_) || absl::IsCancelled(error_) ||
         absl::IsDeadlineExceeded(error_);
}

absl::StatusOr<std::vector<Remaining>> Sweep::Finish() {
  if (!error_.ok()) return error_;
  return std::move(remaining_);
}

}  // namespace evroc::cloud
