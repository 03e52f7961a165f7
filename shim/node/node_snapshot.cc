#include "shim/node/node_snapshot.h"

#include <cstddef>

#include "absl/status/statusor.h"
#include "common/net/cidr.h"

namespace evroc::shim {
namespace {

std::map<std::string, std::string> ReadLabels(JsonView labels) {
  std::map<std::string, std::string> read;
  for (const char* key : {kInstanceTypeLabel, kRegionLabel, kZoneLabel}) {
    const JsonView value = labels[key];
    if (value.is_string()) read.emplace(key, value.String());
  }
  return read;
}

std::vector<NodeAddress> ReadAddresses(JsonView addresses) {
  std::vector<NodeAddress> read;
  read.reserve(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i) {
    read.push_back({std::string(addresses[i]["type"].String()),
                    std::string(addresses[i]["address"].String())});
  }
  return read;
}

absl::Time ReadCreation(JsonView node) {
  absl::Time created;
  return absl::ParseTime(
             absl::RFC3339_full,
             std::string(node.At("metadata.creationTimestamp").String()),
             &created, nullptr)
             ? created
             : absl::InfinitePast();
}

// A kubelet says whether it is ready or not; that it is not known is what the
// control plane says when it hears nothing from it.
bool IsAlive(JsonView conditions) {
  for (size_t i = 0; i < conditions.size(); ++i) {
    if (conditions[i]["type"].String() != "Ready") continue;
    const absl::string_view status = conditions[i]["status"].String();
    return status == "True" || status == "False";
  }
  return false;
}

void ReadTaints(JsonView taints, NodeSnapshot& snapshot) {
  Json others = Json::Array();
  for (size_t i = 0; i < taints.size(); ++i) {
    if (taints[i]["key"].String() == kUninitializedTaint) {
      snapshot.uninitialized = true;
    } else {
      others.Push(Json(taints[i]));
    }
  }
  if (snapshot.uninitialized) snapshot.other_taints = std::move(others);
}

}  // namespace

ObservedNode ReadNode(JsonView node) {
  ObservedNode seen;
  seen.resource_version =
      std::string(node.At("metadata.resourceVersion").String());
  seen.snapshot.name = std::string(node.At("metadata.name").String());
  seen.snapshot.provider_id = std::string(node.At("spec.providerID").String());
  seen.snapshot.labels = ReadLabels(node.At("metadata.labels"));
  seen.snapshot.addresses = ReadAddresses(node.At("status.addresses"));
  seen.snapshot.created = ReadCreation(node);
  seen.snapshot.alive = IsAlive(node.At("status.conditions"));
  ReadTaints(node.At("spec.taints"), seen.snapshot);
  return seen;
}

std::string NormalAddress(absl::string_view address) {
  return CanonicalAddress(address);
}

bool IsLeaving(JsonView node) {
  return node.At("metadata.deletionTimestamp").is_string();
}

}  // namespace evroc::shim
