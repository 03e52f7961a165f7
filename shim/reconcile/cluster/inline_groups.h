// Security groups that are written in the specs of a cluster and its machines:
// which of them are made. A pure function.

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

// By name. One name stands for one group: the cluster's own come first, then
// the machines' by age, and what a machine says otherwise of a name that is
// taken does not count here; that machine is told (machine_request.h).
// INVALID_ARGUMENT if the cluster contradicts itself.
absl::StatusOr<InlineGroups> GatherInlineGroups(
    const EvrocClusterSpec& spec, std::vector<EvrocMachinePtr> machines);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_INLINE_GROUPS_H_
