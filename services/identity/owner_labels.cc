#include "services/identity/owner_labels.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/text/interned_string.h"

namespace evroc::cloud {
namespace {

constexpr size_t kMaxValue = 63;
constexpr size_t kHashLength = 8;

bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsValueChar(char c) {
  return IsAlnum(c) || c == '-' || c == '_' || c == '.';
}

bool IsOfficialKey(absl::string_view key) {
  return absl::StartsWith(key, kOfficialLabelPrefix);
}

bool IsOwnKey(absl::string_view key) {
  return absl::StartsWith(key, kLabelPrefix);
}

// By these it would find the object, had it made it.
Labels OfficialLabels(const Owner& owner) {
  Labels labels = {{kOfficialManagedBy, kManagedByValue},
                   {kOfficialClusterId, owner.cluster_id},
                   {kOfficialClusterName, LabelValue(owner.cluster_name)}};
  if (!owner.machine_id.empty()) {
    labels[kOfficialMachineId] = owner.machine_id;
    labels[kOfficialMachineName] = LabelValue(owner.machine_name);
  }
  return labels;
}

}  // namespace

bool IsLabelValue(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxValue && IsAlnum(text.front()) &&
         IsAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(), IsValueChar);
}

std::string LabelValue(absl::string_view text) {
  if (text.empty() || IsLabelValue(text)) return std::string(text);
  std::string value;
  for (const char c : text.substr(0, kMaxValue - kHashLength - 1)) {
    value.push_back(IsValueChar(c) ? c : '_');
  }
  if (!value.empty() && !IsAlnum(value.front())) value.front() = 'x';
  return absl::StrCat(value, "-", Sha256Hex(text).substr(0, kHashLength));
}

Labels OwnerLabels(const Owner& owner) {
  Labels labels = {{kManagedByLabel, kManagedByValue},
                   {kClusterIdLabel, owner.cluster_id},
                   {kClusterNameLabel, LabelValue(owner.cluster_name)}};
  if (!owner.machine_id.empty()) {
    labels[kMachineIdLabel] = owner.machine_id;
    labels[kMachineNameLabel] = LabelValue(owner.machine_name);
  }
  return labels;
}

Labels ObjectLabels(const Owner& owner, const Labels& user_labels,
                    absl::string_view role, absl::string_view part) {
  Labels labels = OwnerLabels(owner);
  if (!owner.resource_prefix.empty()) {
    const Labels official = OfficialLabels(owner);
    labels.insert(official.begin(), official.end());
  }
  labels.insert(user_labels.begin(), user_labels.end());
  if (!role.empty()) labels[kRoleLabel] = role;
  if (!part.empty()) labels[kPartLabel] = part;
  return labels;
}

std::optional<Owner> OwnerOf(const Labels& labels) {
  Owner owner{.cluster_id = LabelOf(labels, kClusterIdLabel),
              .cluster_name = LabelOf(labels, kClusterNameLabel),
              .machine_id = LabelOf(labels, kMachineIdLabel),
              .machine_name = LabelOf(labels, kMachineNameLabel)};
  if (LabelOf(labels, kManagedByLabel) != kManagedByValue ||
      owner.cluster_id.empty()) {
    return std::nullopt;
  }
  return owner;
}

OwnerKey OwnerKeyOf(const Labels& labels) {
  const std::optional<Owner> owner = OwnerOf(labels);
  return owner.has_value() ? KeyOf(*owner) : OwnerKey{};
}

bool BelongsTo(const Labels& labels, const OwnerKey& key) {
  return !key.cluster_id.empty() && OwnerKeyOf(labels) == key;
}

bool BelongsToCluster(const Labels& labels, absl::string_view cluster_id) {
  const std::optional<Owner> owner = OwnerOf(labels);
  return owner.has_value() && owner->cluster_id == cluster_id;
}

std::string DescribeOwner(const Labels& labels) {
  const std::optional<Owner> owner = OwnerOf(labels);
  if (!owner.has_value()) return "an unknown owner";
  std::string text = absl::StrCat("cluster ", owner->cluster_name.str(),
                                  " (id ", owner->cluster_id.str(), ")");
  if (!owner->machine_id.empty()) {
    absl::StrAppend(&text, ", machine ", owner->machine_name.str(), " (id ",
                    owner->machine_id.str(), ")");
  }
  return text;
}

std::string DescribeLabels(const OwnerKey& key) {
  std::string text = absl::StrCat(kManagedByLabel, "=", kManagedByValue, ", ",
                                  kClusterIdLabel, "=", key.cluster_id.str());
  if (!key.machine_id.empty()) {
    absl::StrAppend(&text, ", ", kMachineIdLabel, "=", key.machine_id.str());
  }
  return text;
}

std::string ManagedSelector() {
  return absl::StrCat(kManagedByLabel, "=", kManagedByValue);
}

std::string ClusterSelector(absl::string_view cluster_id) {
  return absl::StrCat(ManagedSelector(), ",", kClusterIdLabel, "=", cluster_id);
}

std::string OwnerSelector(const OwnerKey& key) {
  std::string selector = ClusterSelector(key.cluster_id);
  if (!key.machine_id.empty()) {
    absl::StrAppend(&selector, ",", kMachineIdLabel, "=", key.machine_id.str());
  }
  return selector;
}

bool HasLabels(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
    if (IsOfficialKey(entry.first)) return true;
    const auto found = labels.find(entry.first);
    return found != labels.end() && found->second == entry.second;
  });
}

Labels Relabelled(const Labels& labels, const Labels& wanted) {
  Labels result;
  for (const auto& label : wanted) {
    if (!IsOfficialKey(label.first)) result.insert(label);
  }
  const bool has_prefix = wanted.contains(kOfficialManagedBy);
  for (const auto& label : labels) {
    const bool stays =
        IsOfficialKey(label.first) || (has_prefix && !IsOwnKey(label.first));
    if (stays) result.insert(label);
  }
  return result;
}

Labels WithoutOurs(Labels labels) {
  absl::erase_if(labels,
                 [](const auto& label) { return IsOwnKey(label.first); });
  return labels;
}

Labels UserLabels(Labels labels) {
  labels = WithoutOurs(std::move(labels));
  absl::erase_if(labels,
                 [](const auto& label) { return IsOfficialKey(label.first); });
  return labels;
}

}  // namespace evroc::cloud
