#include "shim/node/desired_nodes.h"

#include <utility>

#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

NodeState NotLookedAt() {
  return NodeState{NodeState::Phase::kPending, kNodeNotLookedAt,
                   "the workload cluster has not been looked at yet"};
}

// A fault of one Node, not of its whole cluster.
bool IsNodesFault(const NodeState& state) {
  const absl::string_view reason = state.reason;
  return state.phase == NodeState::Phase::kFailed &&
         reason != kNodeBadKubeconfig && reason != kNodeAccessRefused;
}

}  // namespace

bool DesiredNodes::Want(const ObjectKey& cluster, const ObjectKey& machine,
                        const DesiredNode& desired) {
  absl::MutexLock lock(&mutex_);
  auto [at, is_new] = entries_.try_emplace(machine);
  Entry& entry = at->second;
  if (!is_new && entry.cluster == cluster && *entry.desired == desired)
    return false;
  if (!is_new) CloseLocked(machine, entry.cluster);
  entry = Entry{cluster, std::make_shared<const DesiredNode>(desired),
                ++last_serial_, NotLookedAt()};
  open_[cluster].insert(machine);
  return true;
}

std::optional<ObjectKey> DesiredNodes::Forget(const ObjectKey& machine) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(machine);
  if (found == entries_.end()) return std::nullopt;
  const bool was_open = found->second.open();
  ObjectKey cluster = std::move(found->second.cluster);
  CloseLocked(machine, cluster);
  entries_.erase(found);
  if (!was_open) return std::nullopt;
  return cluster;
}

NodeState DesiredNodes::StateOf(const ObjectKey& machine) const {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(machine);
  return found == entries_.end() ? NotLookedAt() : found->second.state;
}

bool DesiredNodes::HasOpen(const ObjectKey& cluster) const {
  absl::MutexLock lock(&mutex_);
  return open_.contains(cluster);
}

std::vector<PendingNode> DesiredNodes::OpenOf(const ObjectKey& cluster) const {
  std::vector<PendingNode> desired_nodes;
  absl::MutexLock lock(&mutex_);
  auto found = open_.find(cluster);
  if (found == open_.end()) return desired_nodes;
  desired_nodes.reserve(found->second.size());
  for (const ObjectKey& machine : found->second) {
    const Entry& entry = entries_.at(machine);
    desired_nodes.push_back(
        {machine, entry.desired, entry.serial, entry.state});
  }
  return desired_nodes;
}

bool DesiredNodes::Settle(const PendingNode& desired, const NodeState& state) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(desired.machine);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  if (entry.serial != desired.serial || entry.state == state) return false;
  entry.state = state;
  if (!entry.open()) CloseLocked(desired.machine, entry.cluster);
  return true;
}

std::vector<ObjectKey> DesiredNodes::SettleCluster(const ObjectKey& cluster,
                                                   const NodeState& state) {
  std::vector<ObjectKey> changed;
  absl::MutexLock lock(&mutex_);
  auto found = open_.find(cluster);
  if (found == open_.end()) return changed;
  for (const ObjectKey& machine : found->second) {
    Entry& entry = entries_.at(machine);
    if (IsNodesFault(entry.state) || entry.state == state) continue;
    entry.state = state;
    changed.push_back(machine);
  }
  return changed;
}

void DesiredNodes::CloseLocked(const ObjectKey& machine,
                               const ObjectKey& cluster) {
  auto found = open_.find(cluster);
  if (found == open_.end()) return;
  found->second.erase(machine);
  if (found->second.empty()) open_.erase(found);
}

}  // namespace evroc::shim
