#include "services/identity/previous_owner.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

// As many as its resource prefix has of the UID.
constexpr size_t kShortUid = 8;

bool IsUidOf(absl::string_view label, const Labels& labels,
             const PreviousOwner& owner) {
  const std::string& uid = owner.cluster_uid;
  if (label.empty() || uid.empty()) return false;
  if (label == uid) return true;
  return uid.size() == kShortUid && absl::StartsWith(label, uid) &&
         HasNameOf(labels, owner);
}

}  // namespace

std::vector<std::string> OfficialSelectors(const PreviousOwner& owner,
                                           bool is_machine) {
  const std::string all =
      absl::StrCat(kOfficialManagedBy, "=", kManagedByValue);
  const auto with = [&](absl::string_view key, const std::string& value) {
    return absl::StrCat(all, ",", key, "=", value);
  };
  std::vector<std::string> selectors;
  if (is_machine) {
    if (!owner.machine_id.empty()) {
      selectors.push_back(with(kOfficialMachineId, owner.machine_id));
    }
    return selectors;
  }
  if (!owner.cluster_id.empty()) {
    selectors.push_back(with(kOfficialClusterId, owner.cluster_id));
  }
  if (owner.cluster_uid.size() == kShortUid) {
    selectors.push_back(all);
  } else if (!owner.cluster_uid.empty()) {
    selectors.push_back(with(kOfficialClusterUid, owner.cluster_uid));
  }
  return selectors;
}

bool HasOfficialLabels(const Labels& labels) {
  return LabelOf(labels, kOfficialManagedBy) == kManagedByValue;
}

std::optional<std::string> ProveByLabels(const Labels& labels,
                                         const PreviousOwner& owner) {
  if (!HasOfficialLabels(labels)) return std::nullopt;
  const InternedString machine = OfficialMachineId(labels);
  if (!owner.machine_id.empty() && !machine.empty() &&
      machine != owner.machine_id) {
    return std::nullopt;
  }
  const InternedString id = LabelOf(labels, kOfficialClusterId);
  if (!id.empty() && id == owner.cluster_id) {
    return absl::StrCat("its label ", kOfficialClusterId, " is the cluster's");
  }
  if (id.empty() &&
      IsUidOf(LabelOf(labels, kOfficialClusterUid), labels, owner)) {
    return absl::StrCat("its label ", kOfficialClusterUid,
                        " is the EvrocCluster's");
  }
  return std::nullopt;
}

InternedString OfficialMachineId(const Labels& labels) {
  return LabelOf(labels, kOfficialMachineId);
}

bool HasNameOf(const Labels& labels, const PreviousOwner& owner) {
  const InternedString name = LabelOf(labels, kOfficialClusterName);
  return !name.empty() &&
         std::find(owner.cluster_names.begin(), owner.cluster_names.end(),
                   name) != owner.cluster_names.end();
}

}  // namespace evroc::cloud
