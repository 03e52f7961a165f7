#include "services/compute/placement/group_assignments.h"

#include <iterator>

namespace evroc::compute {

using cloud::Known;
using cloud::OwnerKey;
using cloud::PlacementGroup;

namespace {

using GroupId = cloud::Id<PlacementGroup>;

// A machine that is yet to be made asks for its group at each attempt, and
// these are minutes apart.
constexpr absl::Duration kLongestWait = absl::Minutes(30);

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

uint64_t GroupAssignments::sequence() const {
  absl::MutexLock lock(&mutex_);
  return sequence_;
}

// An observation that began before the machine was first observed may be older
// than the machine, and says nothing of its end.
void GroupAssignments::Record(const GroupObservation& observed) {
  absl::MutexLock lock(&mutex_);
  ++sequence_;
  const absl::Time oldest = clock_.Now() - kLongestWait;
  auto it = assigned_.lower_bound({observed.cluster_id, ""});
  while (it != assigned_.end() && it->first.cluster_id == observed.cluster_id) {
    Assignment& each = it->second;
    const bool exists = observed.machines.contains(each.machine);
    const bool was_observed = each.observed_at != 0;
    if (exists && !was_observed) each.observed_at = sequence_;
    const bool is_over = was_observed ? observed.began_at >= each.observed_at
                                      : each.requested_at < oldest;
    it = !exists && is_over ? assigned_.erase(it) : std::next(it);
  }
}

void GroupAssignments::Forget(const OwnerKey& owner) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(assigned_, [&](const auto& entry) {
    return owner.machine_id.empty() ? entry.first.cluster_id == owner.cluster_id
                                    : entry.first == owner;
  });
}

bool GroupAssignments::HasAny(const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto first = assigned_.lower_bound({cluster_id, ""});
  return first != assigned_.end() && first->first.cluster_id == cluster_id;
}

GroupId GroupAssignments::GroupOf(const OwnerKey& owner) const {
  absl::MutexLock lock(&mutex_);
  const auto assigned = assigned_.find(owner);
  return assigned == assigned_.end() ? GroupId() : assigned->second.group;
}

std::map<GroupId, int> GroupAssignments::Count(
    const MachineId& machine, const GroupObservation& observed) const {
  absl::MutexLock lock(&mutex_);
  return CountLocked(machine, observed);
}

std::map<GroupId, int> GroupAssignments::CountLocked(
    const MachineId& machine, const GroupObservation& observed) const {
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

GroupId GroupAssignments::Choose(const SpreadSet& set, const OwnerKey& owner,
                                 const MachineId& machine,
                                 const GroupObservation& observed) {
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
  assigned.requested_at = clock_.Now();
  return assigned.group;
}

bool GroupAssignments::BeginRemoval(const GroupId& group,
                                    const GroupObservation& observed) {
  absl::MutexLock lock(&mutex_);
  return !CountLocked(MachineId(), observed).contains(group) &&
         removing_.insert(group).second;
}

void GroupAssignments::EndRemoval(const GroupId& group) {
  absl::MutexLock lock(&mutex_);
  removing_.erase(group);
}

}  // namespace evroc::compute
