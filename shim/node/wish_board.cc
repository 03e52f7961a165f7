#include "shim/node/wish_board.h"

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

bool WishBoard::Want(const ObjectKey& cluster, const ObjectKey& machine,
                     const NodeWish& wish) {
  absl::MutexLock lock(&mutex_);
  auto [at, is_new] = entries_.try_emplace(machine);
  Entry& entry = at->second;
  if (!is_new && entry.cluster == cluster && *entry.wish == wish) return false;
  if (!is_new) CloseLocked(machine, entry.cluster);
  entry = Entry{cluster, std::make_shared<const NodeWish>(wish), ++last_serial_,
                NotLookedAt()};
  open_[cluster].insert(machine);
  return true;
}

std::optional<ObjectKey> WishBoard::Forget(const ObjectKey& machine) {
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

NodeState WishBoard::StateOf(const ObjectKey& machine) const {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(machine);
  return found == entries_.end() ? NotLookedAt() : found->second.state;
}

bool WishBoard::HasOpen(const ObjectKey& cluster) const {
  absl::MutexLock lock(&mutex_);
  return open_.contains(cluster);
}

std::vector<OpenWish> WishBoard::OpenOf(const ObjectKey& cluster) const {
  std::vector<OpenWish> wishes;
  absl::MutexLock lock(&mutex_);
  auto found = open_.find(cluster);
  if (found == open_.end()) return wishes;
  wishes.reserve(found->second.size());
  for (const ObjectKey& machine : found->second) {
    const Entry& entry = entries_.at(machine);
    wishes.push_back({machine, entry.wish, entry.serial, entry.state});
  }
  return wishes;
}

bool WishBoard::Settle(const OpenWish& wish, const NodeState& state) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(wish.machine);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  if (entry.serial != wish.serial || entry.state == state) return false;
  entry.state = state;
  if (!entry.open()) CloseLocked(wish.machine, entry.cluster);
  return true;
}

std::vector<ObjectKey> WishBoard::SettleCluster(const ObjectKey& cluster,
                                                const NodeState& state) {
  std::vector<ObjectKey> news;
  absl::MutexLock lock(&mutex_);
  auto found = open_.find(cluster);
  if (found == open_.end()) return news;
  for (const ObjectKey& machine : found->second) {
    Entry& entry = entries_.at(machine);
    if (IsNodesFault(entry.state) || entry.state == state) continue;
    entry.state = state;
    news.push_back(machine);
  }
  return news;
}

void WishBoard::CloseLocked(const ObjectKey& machine,
                            const ObjectKey& cluster) {
  auto found = open_.find(cluster);
  if (found == open_.end()) return;
  found->second.erase(machine);
  if (found->second.empty()) open_.erase(found);
}

}  // namespace evroc::shim
