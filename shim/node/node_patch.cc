#include "shim/node/node_patch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

Json PatchOf(const SeenNode& node) {
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

// Adds the wished addresses of each type that the Node has none of. Those that
// a kubelet reports itself are its own: it would write them again and again.
std::optional<Json> PlanStatus(const NodeWish& wish, const SeenNode& node) {
  std::vector<NodeAddress> all = node.facts.addresses;
  for (const NodeAddress& entry : wish.addresses) {
    if (!HasType(node.facts.addresses, entry.type)) all.push_back(entry);
  }
  if (all.size() == node.facts.addresses.size()) return std::nullopt;
  Json patch = PatchOf(node);
  patch.SetAt("status.addresses", AddressesAsJson(all));
  return patch;
}

// The labels that are missing or wrong.
Json WrongLabels(const NodeWish& wish, const NodeFacts& facts) {
  Json wrong = Json::Object();
  const std::pair<const char*, const std::string*> wished[] = {
      {kInstanceTypeLabel, &wish.instance_type},
      {kRegionLabel, &wish.region},
      {kZoneLabel, &wish.zone},
  };
  for (const auto& [key, value] : wished) {
    auto found = facts.labels.find(key);
    const bool right = found != facts.labels.end() && found->second == *value;
    if (!value->empty() && !right) wrong.Set(key, *value);
  }
  return wrong;
}

Json PlanSpec(const NodeWish& wish, const NodeFacts& facts) {
  Json spec = Json::Object();
  if (facts.provider_id.empty()) spec.Set("providerID", wish.provider_id);
  if (facts.uninitialized) {
    const bool others = facts.other_taints.view().size() > 0;
    spec.Set("taints", others ? facts.other_taints : Json());
  }
  return spec;
}

std::optional<Json> PlanObject(const NodeWish& wish, const SeenNode& node) {
  const Json empty = Json::Object();
  Json labels = WrongLabels(wish, node.facts);
  Json spec = PlanSpec(wish, node.facts);
  if (labels == empty && spec == empty) return std::nullopt;
  Json patch = PatchOf(node);
  if (!(labels == empty)) patch.SetAt("metadata.labels", std::move(labels));
  if (!(spec == empty)) patch.Set("spec", std::move(spec));
  return patch;
}

}  // namespace

NodePlan PlanNode(const NodeWish& wish, const SeenNode& node) {
  NodePlan plan;
  const std::string& set = node.facts.provider_id;
  if (!set.empty() && set != wish.provider_id) {
    plan.conflict = absl::StrCat(
        "Node \"", node.facts.name, "\" has provider ID \"", set,
        "\" from somebody else, not \"", wish.provider_id,
        "\"; it can't be changed: disable the other cloud controller and "
        "replace the machine");
    return plan;
  }
  plan.status_patch = PlanStatus(wish, node);
  plan.node_patch = PlanObject(wish, node);
  return plan;
}

}  // namespace evroc::shim
