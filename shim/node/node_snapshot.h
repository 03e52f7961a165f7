// The fields of a Node that its completion compares and writes. Values and pure
// functions.

#ifndef SHIM_NODE_NODE_SNAPSHOT_H_
#define SHIM_NODE_NODE_SNAPSHOT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

inline constexpr char kInstanceTypeLabel[] = "node.kubernetes.io/instance-type";
inline constexpr char kRegionLabel[] = "topology.kubernetes.io/region";
inline constexpr char kZoneLabel[] = "topology.kubernetes.io/zone";
inline constexpr char kUninitializedTaint[] =
    "node.cloudprovider.kubernetes.io/uninitialized";

struct NodeSnapshot {
  std::string name;
  std::string provider_id;
  std::map<std::string, std::string> labels;  // of the three above
  std::vector<NodeAddress> addresses;
  absl::Time created = absl::InfinitePast();
  // Whether its kubelet reports: the control plane says so of one that does
  // not.
  bool alive = false;
  // Whether it carries kUninitializedTaint; if so, its other taints, an array.
  bool uninitialized = false;
  Json other_taints;
  friend bool operator==(const NodeSnapshot&, const NodeSnapshot&) = default;
};

// A Node as it was read last.
struct ObservedNode {
  NodeSnapshot snapshot;
  std::string resource_version;
};

// By name.
using NodeTable = std::map<std::string, ObservedNode>;

ObservedNode ReadNode(JsonView node);

// One spelling for each address: IPv6 has many.
std::string NormalAddress(absl::string_view address);

// Whether the Node is being deleted: it belongs to no machine then.
bool IsLeaving(JsonView node);

}  // namespace evroc::shim

#endif  // SHIM_NODE_NODE_SNAPSHOT_H_
