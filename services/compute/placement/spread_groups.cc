#include "services/compute/placement/spread_groups.h"

#include <optional>
#include <utility>
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

namespace {

using GroupId = cloud::Id<PlacementGroup>;

// The first group that is not closed: of `numbers`, which are in use, else a
// new one.
GroupId FirstOpen(const SpreadGroupIds& ids, const std::set<int>& numbers,
                  const std::set<GroupId>& closed) {
  for (const int number : numbers) {
    if (!closed.contains(ids.At(number))) return ids.At(number);
  }
  int number = 1;
  while (numbers.contains(number) || closed.contains(ids.At(number))) ++number;
  return ids.At(number);
}

}  // namespace

// A group's own status shows machines that the inventory does not: those of
// other people, and those that another credential has just made. It may also
// still show machines that are gone.
absl::StatusOr<SpreadGroups::Observation> SpreadGroups::Observe(
    const CallContext& context, const std::string& cluster_id) {
  Observation observed;
  EVROC_ASSIGN_OR_RETURN(observed.groups,
                         groups_.ListByCluster(context, cluster_id));
  if (observed.groups.empty()) return observed;
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
  return observed;
}

std::map<SpreadGroups::GroupId, int> SpreadGroups::CountLocked(
    const MachineId& machine, const Observation& observed) const {
  std::map<GroupId, int> counts;
  for (const auto& [id, group] : observed.machines) {
    if (id != machine) ++counts[group];
  }
  for (const auto& [owner, assignment] : assigned_) {
    const MachineId& id = assignment.machine;
    if (id == machine || observed.machines.contains(id)) continue;
    ++counts[assignment.group];
  }
  return counts;
}

SpreadGroups::GroupId SpreadGroups::Choose(const SpreadSet& set,
                                           const OwnerKey& owner,
                                           const MachineId& machine,
                                           const Observation& observed) {
  const SpreadGroupIds ids(set);
  absl::MutexLock lock(&mutex_);
  std::set<GroupId> closed = removing_;
  std::set<int> numbers;
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& id = group.object.metadata.id;
    numbers.insert(ids.NumberOf(id));
    if (group.deleting) closed.insert(id);
  }
  for (const auto& [id, count] : CountLocked(machine, observed)) {
    numbers.insert(ids.NumberOf(id));
    if (count >= kMaxInSpreadGroup) closed.insert(id);
  }
  numbers.erase(0);
  Assignment& assigned = assigned_[owner];
  if (ids.NumberOf(assigned.group) == 0 || closed.contains(assigned.group)) {
    assigned = {machine, FirstOpen(ids, numbers, closed)};
  }
  return assigned.group;
}

absl::StatusOr<SpreadGroups::GroupId> SpreadGroups::Assign(
    const CallContext& context, const SpreadSet& set, const OwnerKey& owner,
    const MachineId& machine) {
  EVROC_ASSIGN_OR_RETURN(const Observation observed,
                         Observe(context, set.cluster.cluster_id));
  const GroupId id = Choose(set, owner, machine, observed);
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

void SpreadGroups::Forget(const OwnerKey& owner) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(assigned_, [&](const auto& entry) {
    return owner.machine_id.empty() ? entry.first.cluster_id == owner.cluster_id
                                    : entry.first == owner;
  });
}

bool SpreadGroups::BeginRemoval(const GroupId& group,
                                const Observation& observed) {
  absl::MutexLock lock(&mutex_);
  return !CountLocked(MachineId(), observed).contains(group) &&
         removing_.insert(group).second;
}

void SpreadGroups::EndRemoval(const GroupId& group) {
  absl::MutexLock lock(&mutex_);
  removing_.erase(group);
}

absl::Status SpreadGroups::RemoveUnused(const CallContext& context,
                                        const std::string& cluster_id) {
  EVROC_ASSIGN_OR_RETURN(const Observation observed,
                         Observe(context, cluster_id));
  for (const Known<PlacementGroup>& group : observed.groups) {
    const GroupId& id = group.object.metadata.id;
    if (!BeginRemoval(id, observed)) continue;
    const absl::Status removed =
        cloud::RemoveObject(context, groups_, group).status();
    EndRemoval(id);
    EVROC_RETURN_IF_ERROR(removed);
  }
  return absl::OkStatus();
}

}  // namespace evroc::compute
