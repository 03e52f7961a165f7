#include "shim/node/node_patch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

Json PatchOf(const ObservedNode& node) {
  return Json::Object(
      {{"metadata",
        Json::Object({{"resourceVersion", Json(node.resource_version)}})}});
}

bool HasType(const std::vector<NodeAddress>& addresses,
             absl::string_view type) {
  return std::any_of(
      addresses.begin(), addresses.end(),
      [&](const NodeAddress& entry) { return entry.type == type; });
}

Json AddressesAsJson(const std::vector<NodeAddress>& addresses) {
  Json list = Json::Array();
  for (const NodeAddress& entry : addresses) {
    list.Push(Json::Object({{"type", entry.type}, {"address", entry.address}}));
  }
  return list;
}

// Adds the desired addresses of each type that the Node has none of. Those that
// a kubelet reports itself are its own: it would write them again and again.
std::optional<Json> PlanStatus(const DesiredNode& desired,
                               const ObservedNode& node) {
  std::vector<NodeAddress> all = node.snapshot.addresses;
  for (const NodeAddress& entry : desired.addresses) {
    if (!HasType(node.snapshot.addresses, entry.type)) all.push_back(entry);
  }
  if (all.size() == node.snapshot.addresses.size()) return std::nullopt;
  Json patch = PatchOf(node);
  patch.SetAt("status.addresses", AddressesAsJson(all));
  return patch;
}

// The labels that are missing or wrong.
Json WrongLabels(const DesiredNode& desired, const NodeSnapshot& snapshot) {
  Json wrong = Json::Object();
  const std::pair<const char*, const std::string*> labels[] = {
      {kInstanceTypeLabel, &desired.instance_type},
      {kRegionLabel, &desired.region},
      {kZoneLabel, &desired.zone},
  };
  for (const auto& [key, value] : labels) {
    auto found = snapshot.labels.find(key);
    const bool right =
        found != snapshot.labels.end() && found->second == *value;
    if (!value->empty() && !right) wrong.Set(key, *value);
  }
  return wrong;
}

Json PlanSpec(const DesiredNode& desired, const NodeSnapshot& snapshot) {
  Json spec = Json::Object();
  if (snapshot.provider_id.empty()) spec.Set("providerID", desired.provider_id);
  if (snapshot.uninitialized) {
    const bool others = snapshot.other_taints.view().size() > 0;
    spec.Set("taints", others ? snapshot.other_taints : Json());
  }
  return spec;
}

std::optional<Json> PlanObject(const DesiredNode& desired,
                               const ObservedNode& node) {
  const Json empty = Json::Object();
  Json labels = WrongLabels(desired, node.snapshot);
  Json spec = PlanSpec(desired, node.snapshot);
  if (labels == empty && spec == empty) return std::nullopt;
  Json patch = PatchOf(node);
  if (!(labels == empty)) patch.SetAt("metadata.labels", std::move(labels));
  if (!(spec == empty)) patch.Set("spec", std::move(spec));
  return patch;
}

}  // namespace

NodePlan PlanNode(const DesiredNode& desired, const ObservedNode& node) {
  NodePlan plan;
  const std::string& set = node.snapshot.provider_id;
  if (!set.empty() && set != desired.provider_id) {
    plan.conflict = absl::StrCat(
        "Node \"", node.snapshot.name, "\" has provider ID \"", set,
        "\" from somebody else, not \"", desired.provider_id,
        "\"; it can't be changed: disable the other cloud controller and "
        "replace the machine");
    return plan;
  }
  plan.status_patch = PlanStatus(desired, node);
  plan.node_patch = PlanObject(desired, node);
  return plan;
}

}  // namespace evroc::shim
