#include "services/compute/placement/spread_groups.h"

#include <map>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/evroc/api/kinds.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"

namespace evroc::compute {

using cloud::Conditions;
using cloud::Known;
using cloud::OwnerKey;
using cloud::PlacementGroup;
using cloud::VirtualMachine;

namespace {

constexpr absl::Duration kRefreshInterval = absl::Seconds(30);
// A group that was seen for longer and is not Ready is broken, or is never
// shown as Ready.
constexpr absl::Duration kLongestPending = absl::Minutes(5);

}  // namespace

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
  assignments_.Record(observed);
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& in = group.object.metadata.id;
    for (const MachineId& id : group.object.status.machines) {
      if (!observed.machines.try_emplace(id, in).second) continue;
      observed.doubtful[in].push_back(id);
    }
  }
  return observed;
}

absl::StatusOr<bool> SpreadGroups::HasFewer(const CallContext& context,
                                            const GroupId& group, int limit,
                                            const MachineId& machine,
                                            GroupObservation& observed) {
  std::vector<MachineId>& doubtful = observed.doubtful[group];
  while (true) {
    const int count = assignments_.Count(machine, observed)[group];
    const int certain = count - static_cast<int>(doubtful.size());
    if (count < limit) return true;
    if (doubtful.empty() || certain >= limit) return false;
    const MachineId id = doubtful.back();
    doubtful.pop_back();
    EVROC_ASSIGN_OR_RETURN(const std::optional<Known<VirtualMachine>> found,
                           machines_.GetFreshIfMissing(context, id));
    if (found.has_value()) {
      observed.machines[id] = found->object.placement_group;
    } else {
      observed.machines.erase(id);
    }
  }
}

absl::Status SpreadGroups::ReadDoubtful(const CallContext& context,
                                        const SpreadSet& set,
                                        const OwnerKey& owner,
                                        const MachineId& machine,
                                        GroupObservation& observed) {
  const SpreadGroupIds ids(set);
  std::map<int, GroupId> candidates = {{0, assignments_.GroupOf(owner)}};
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& id = group.object.metadata.id;
    if (!group.deleting) candidates.emplace(ids.NumberOf(id), id);
  }
  for (const auto& [number, id] : candidates) {
    if (ids.NumberOf(id) == 0) continue;
    EVROC_ASSIGN_OR_RETURN(
        const bool has_room,
        HasFewer(context, id, kMaxInSpreadGroup, machine, observed));
    if (has_room) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<SpreadGroups::Place> SpreadGroups::Assign(
    const CallContext& context, const SpreadSet& set, const OwnerKey& owner,
    const MachineId& machine) {
  EVROC_ASSIGN_OR_RETURN(GroupObservation observed,
                         Observe(context, set.cluster.cluster_id));
  EVROC_RETURN_IF_ERROR(ReadDoubtful(context, set, owner, machine, observed));
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
  return Place{id, IsPending(group.object)};
}

// Counts from the first look: the cloud's clock may differ from ours.
bool SpreadGroups::IsPending(const PlacementGroup& group) {
  const Conditions& conditions = group.status.conditions;
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  if (cloud::FindCondition(conditions, "Ready") == nullptr ||
      cloud::IsReady(conditions)) {
    pending_since_.erase(group.metadata.id);
    return false;
  }
  const absl::Time since =
      pending_since_.try_emplace(group.metadata.id, now).first->second;
  return now < since + kLongestPending;
}

void SpreadGroups::ForgetPending(const GroupId& group) {
  absl::MutexLock lock(&mutex_);
  pending_since_.erase(group);
}

bool SpreadGroups::WasRefreshed(const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  const absl::Time oldest = clock_.Now() - kRefreshInterval;
  std::erase_if(refreshed_,
                [&](const auto& entry) { return entry.second <= oldest; });
  return refreshed_.contains(cluster_id);
}

absl::Status SpreadGroups::Refresh(const CallContext& context,
                                   const SpreadSet& set) {
  const std::string& cluster_id = set.cluster.cluster_id.str();
  if (WasRefreshed(cluster_id)) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(groups_.Refresh(context, {cluster_id, ""}));
  EVROC_RETURN_IF_ERROR(machines_.Refresh(context, {cluster_id, ""}));
  absl::MutexLock lock(&mutex_);
  refreshed_[cluster_id] = clock_.Now();
  return absl::OkStatus();
}

absl::Status SpreadGroups::RemoveUnused(const CallContext& context,
                                        const std::string& cluster_id) {
  EVROC_ASSIGN_OR_RETURN(GroupObservation observed,
                         Observe(context, cluster_id));
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& id = group.object.metadata.id;
    EVROC_ASSIGN_OR_RETURN(const bool is_empty,
                           HasFewer(context, id, 1, MachineId(), observed));
    if (!is_empty || !assignments_.BeginRemoval(id, observed)) continue;
    const absl::Status removed =
        cloud::RemoveObject(context, groups_, group).status();
    assignments_.EndRemoval(id);
    ForgetPending(id);
    EVROC_RETURN_IF_ERROR(removed);
  }
  return absl::OkStatus();
}

}  // namespace evroc::compute
