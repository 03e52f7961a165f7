// Gathers the inline security groups from the specs of a cluster and its
// machines. A pure function.

#ifndef SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_
#define SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/reconcile/cluster_info_cache.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

// The groups to create. One name is one group: the cluster's own groups come
// first, then the machines' by age. Other rules under a taken name are ignored
// here, and reported on that machine (machine_request.h). INVALID_ARGUMENT if
// the cluster's own groups contradict each other.
absl::StatusOr<InlineGroups> GatherInlineGroups(
    const EvrocClusterSpec& spec, std::vector<EvrocMachinePtr> machines);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_
