#include "services/compute/placement/spread_groups.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/inventory/ensure.h"

namespace evroc::compute {

using cloud::Known;
using cloud::OwnerKey;
using cloud::PlacementGroup;
using cloud::VirtualMachine;

// A group's own status shows machines that the inventory does not: those of
// other people, and those that another credential has just made. It may also
// still show machines that are gone.
absl::StatusOr<GroupObservation> SpreadGroups::Observe(
    const CallContext& context, const std::string& cluster_id) {
  GroupObservation observed{.cluster_id = cluster_id,
                            .began_at = assignments_.sequence()};
  EVROC_ASSIGN_OR_RETURN(observed.groups,
                         groups_.ListByCluster(context, cluster_id));
  if (observed.groups.empty() && !assignments_.HasAny(cluster_id)) {
    return observed;
  }
  EVROC_ASSIGN_OR_RETURN(const std::vector<Known<VirtualMachine>> machines,
                         machines_.ListByCluster(context, cluster_id));
  for (const Known<VirtualMachine>& each : machines) {
    observed.machines[each.object.metadata.id] = each.object.placement_group;
  }
  for (const Known<PlacementGroup>& group : observed.groups) {
    for (const MachineId& id : group.object.status.machines) {
      if (observed.machines.contains(id)) continue;
      EVROC_ASSIGN_OR_RETURN(const std::optional<Known<VirtualMachine>> found,
                             machines_.GetFreshIfMissing(context, id));
      if (!found.has_value()) continue;
      observed.machines[id] = found->object.placement_group;
    }
  }
  assignments_.Record(observed);
  return observed;
}

absl::StatusOr<SpreadGroups::GroupId> SpreadGroups::Assign(
    const CallContext& context, const SpreadSet& set, const OwnerKey& owner,
    const MachineId& machine) {
  EVROC_ASSIGN_OR_RETURN(const GroupObservation observed,
                         Observe(context, set.cluster.cluster_id));
  const GroupId id = assignments_.Choose(set, owner, machine, observed);
  const PlacementGroup wanted = DesiredGroup(set, id);
  EVROC_ASSIGN_OR_RETURN(const Known<PlacementGroup> group,
                         cloud::Ensure<PlacementGroup>(
                             context, groups_, cloud::KeyOf(set.cluster),
                             wanted, [&](PlacementGroup& object) {
                               object.metadata.labels = wanted.metadata.labels;
                             }));
  if (group.deleting) {
    return absl::AbortedError(
        absl::StrCat(cloud::DescribeId(id), " is being deleted"));
  }
  return id;
}

absl::Status SpreadGroups::Refresh(const CallContext& context,
                                   const SpreadSet& set) {
  const std::string& cluster_id = set.cluster.cluster_id.str();
  EVROC_RETURN_IF_ERROR(groups_.Refresh(context, cluster_id));
  return machines_.Refresh(context, cluster_id);
}

absl::Status SpreadGroups::RemoveUnused(const CallContext& context,
                                        const std::string& cluster_id) {
  EVROC_ASSIGN_OR_RETURN(const GroupObservation observed,
                         Observe(context, cluster_id));
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& id = group.object.metadata.id;
    if (!assignments_.BeginRemoval(id, observed)) continue;
    const absl::Status removed =
        cloud::RemoveObject(context, groups_, group).status();
    assignments_.EndRemoval(id);
    EVROC_RETURN_IF_ERROR(removed);
  }
  return absl::OkStatus();
}

}  // namespace evroc::compute
