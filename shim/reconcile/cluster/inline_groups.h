// Gathers the inline security groups from the specs of a cluster and its
// machines. Pure functions.

#ifndef SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_
#define SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/security_groups.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

struct InlineGroup {
  std::vector<SecurityRuleSpec> rules;
  std::string id;  // in the cloud; empty: one is made from the name
  // Beside the cluster's: those of the machine that it is made for alone.
  std::map<std::string, std::string> labels;
  friend bool operator==(const InlineGroup&, const InlineGroup&) = default;
};

// By ClusterGroupName or MachineGroupNameOf.
using InlineGroups = std::map<std::string, InlineGroup>;

// INVALID_ARGUMENT if the cluster's own groups contradict each other.
absl::Status CheckInlineGroups(const EvrocClusterObject& cluster);

// The groups to create; machines with the same group share it. Of groups of the
// cluster that contradict each other the first stands.
InlineGroups GatherInlineGroups(const EvrocClusterObject& cluster,
                                const std::vector<EvrocMachinePtr>& machines);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_
