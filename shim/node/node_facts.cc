#include "shim/node/node_facts.h"

#include <cstddef>

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

void ReadTaints(JsonView taints, NodeFacts& facts) {
  Json others = Json::Array();
  for (size_t i = 0; i < taints.size(); ++i) {
    if (taints[i]["key"].String() == kUninitializedTaint) {
      facts.uninitialized = true;
    } else {
      others.Push(Json(taints[i]));
    }
  }
  if (facts.uninitialized) facts.other_taints = std::move(others);
}

}  // namespace

SeenNode ReadNode(JsonView node) {
  SeenNode seen;
  seen.resource_version =
      std::string(node.At("metadata.resourceVersion").String());
  seen.facts.name = std::string(node.At("metadata.name").String());
  seen.facts.provider_id = std::string(node.At("spec.providerID").String());
  seen.facts.labels = ReadLabels(node.At("metadata.labels"));
  seen.facts.addresses = ReadAddresses(node.At("status.addresses"));
  ReadTaints(node.At("spec.taints"), seen.facts);
  return seen;
}

bool IsLeaving(JsonView node) {
  return node.At("metadata.deletionTimestamp").is_string();
}

}  // namespace evroc::shim
