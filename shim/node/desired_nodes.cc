#include "shim/node/desired_nodes.h"

#include <optional>
#include <utility>

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

NodeState InitializedBefore(const DesiredNode& desired) {
  return {Phase::kInitialized,
          desired.read_only ? kNodeLinked : kNodeInitialized, ""};
}

// Whether the state of a Node says as much of what is desired now. A provider
// ID that was read is that of what was desired before.
bool StaysInitialized(const DesiredNodeEntry& entry,
                      const DesiredNode& desired) {
  return entry.state.phase == Phase::kInitialized &&
         entry.desired->read_only == desired.read_only &&
         !desired.provider_id.empty();
}

}  // namespace

DesiredNodes::DesiredNodes(Clock& clock, EnqueueCluster enqueue)
    : clock_(clock), enqueue_(std::move(enqueue)) {}

void DesiredNodes::Want(const ObjectKey& cluster, const ObjectKey& machine,
                        const DesiredNode& desired, bool initialized) {
  std::optional<ObjectKey> emptied;
  absl::Duration delay;
  {
    absl::MutexLock lock(&mutex_);
    auto [at, is_new] = entries_.try_emplace(machine);
    DesiredNodeEntry& entry = at->second;
    const bool stays = !is_new && entry.cluster == cluster;
    if (stays && *entry.desired == desired) return;
    if (!is_new && !stays && RemoveLocked(machine, entry.cluster)) {
      emptied = entry.cluster;
    }
    if (!stays || !StaysInitialized(entry, desired)) {
      entry.state =
          initialized ? InitializedBefore(desired) : NodeNotLookedAt();
    }
    entry.cluster = cluster;
    entry.machine = machine;
    entry.desired = std::make_shared<const DesiredNode>(desired);
    entry.serial = ++last_serial_;
    entry.awaited_since = clock_.Now();
    entry.looked_at = absl::InfinitePast();
    by_cluster_[cluster].insert(machine);
    if (entry.state.phase == Phase::kInitialized && !entry.in_doubt) {
      delay = kNoHurry;
    }
  }
  enqueue_(cluster, delay);
  if (emptied.has_value()) enqueue_(*emptied, absl::ZeroDuration());
}

void DesiredNodes::Doubt(const ObjectKey& machine, bool in_doubt) {
  ObjectKey cluster;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(machine);
    if (found == entries_.end()) return;
    DesiredNodeEntry& entry = found->second;
    const bool begins = in_doubt && !entry.in_doubt;
    entry.in_doubt = in_doubt;
    if (!begins) return;
    entry.awaited_since = clock_.Now();
    entry.looked_at = absl::InfinitePast();
    cluster = entry.cluster;
  }
  enqueue_(cluster, absl::ZeroDuration());
}

void DesiredNodes::Forget(const ObjectKey& machine) {
  ObjectKey cluster;
  {
    absl::MutexLock lock(&mutex_);
    auto found = entries_.find(machine);
    if (found == entries_.end()) return;
    cluster = std::move(found->second.cluster);
    entries_.erase(found);
    if (!RemoveLocked(machine, cluster)) return;
  }
  enqueue_(cluster, absl::ZeroDuration());
}

NodeState DesiredNodes::StateOf(const ObjectKey& machine) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(machine);
  return found == entries_.end() ? NodeNotLookedAt() : found->second.state;
}

std::vector<DesiredNodeEntry> DesiredNodes::Of(const ObjectKey& cluster) const {
  std::vector<DesiredNodeEntry> entries;
  absl::MutexLock lock(&mutex_);
  auto found = by_cluster_.find(cluster);
  if (found == by_cluster_.end()) return entries;
  entries.reserve(found->second.size());
  for (const ObjectKey& machine : found->second) {
    entries.push_back(entries_.at(machine));
  }
  return entries;
}

bool DesiredNodes::Record(const DesiredNodeEntry& entry,
                          const NodeState& state) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(entry.machine);
  if (found == entries_.end()) return false;
  DesiredNodeEntry& kept = found->second;
  if (kept.serial != entry.serial) return false;
  kept.looked_at = clock_.Now();
  const bool was_complete = kept.state.phase == Phase::kInitialized;
  if (kept.state == state) return false;
  if (was_complete) kept.awaited_since = kept.looked_at;
  kept.state = state;
  return !was_complete || state.phase != Phase::kInitialized;
}

bool DesiredNodes::IsCurrent(const DesiredNodeEntry& entry) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(entry.machine);
  return found != entries_.end() && found->second.serial == entry.serial;
}

std::vector<ObjectKey> DesiredNodes::RecordCluster(const ObjectKey& cluster,
                                                   const NodeState& state) {
  std::vector<ObjectKey> changed;
  absl::MutexLock lock(&mutex_);
  auto found = by_cluster_.find(cluster);
  if (found == by_cluster_.end()) return changed;
  for (const ObjectKey& machine : found->second) {
    NodeState& kept = entries_.at(machine).state;
    if (kept.phase == Phase::kInitialized || IsFaultOfNode(kept) ||
        kept == state) {
      continue;
    }
    kept = state;
    changed.push_back(machine);
  }
  return changed;
}

bool DesiredNodes::RemoveLocked(const ObjectKey& machine,
                                const ObjectKey& cluster) {
  auto found = by_cluster_.find(cluster);
  if (found == by_cluster_.end()) return false;
  found->second.erase(machine);
  if (!found->second.empty()) return false;
  by_cluster_.erase(found);
  return true;
}

}  // namespace evroc::shim
