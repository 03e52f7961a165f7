#include "shim/node/cluster_turns.h"

#include <algorithm>
#include <cmath>

namespace evroc::shim {

void ClusterTurns::Add(const ObjectKey& cluster, absl::Time now) {
  auto [at, is_new] = entries_.try_emplace(cluster);
  if (is_new) Queue(cluster, at->second, now);
}

void ClusterTurns::Remove(const ObjectKey& cluster) {
  auto found = entries_.find(cluster);
  if (found == entries_.end() || found->second.has_turn) return;
  waiting_.erase({found->second.time, found->second.order, cluster});
  entries_.erase(found);
}

std::optional<ObjectKey> ClusterTurns::Start(absl::Time now) {
  if (waiting_.empty() || serving_.size() >= options_.places) {
    return std::nullopt;
  }
  const auto [due, order, cluster] = *waiting_.begin();
  if (due > now) return std::nullopt;
  waiting_.erase(waiting_.begin());
  Entry& entry = entries_.at(cluster);
  entry.time = now;
  entry.has_turn = true;
  serving_.insert({now, order, cluster});
  return cluster;
}

void ClusterTurns::Finish(const ObjectKey& cluster, Outcome outcome,
                          absl::Time now, double random) {
  auto found = entries_.find(cluster);
  if (found == entries_.end() || !found->second.has_turn) return;
  Entry& entry = found->second;
  serving_.erase({entry.time, entry.order, cluster});
  if (entry.told) --told_;
  entry.has_turn = entry.told = false;
  switch (outcome) {
    case Outcome::kDone:
      entries_.erase(found);
      return;
    case Outcome::kAgain:
      entry.failures = 0;
      return Queue(cluster, entry, now);
    case Outcome::kLater:
      entry.failures = 0;
      return Queue(cluster, entry, now + PauseAfter(1, random));
    case Outcome::kFailed:
      ++entry.failures;
      return Queue(cluster, entry, now + PauseAfter(entry.failures, random));
  }
}

std::vector<ObjectKey> ClusterTurns::TakeOverdue(absl::Time now) {
  std::vector<ObjectKey> overdue;
  size_t wanted = Unserved(now);
  for (const auto& [began, order, cluster] : serving_) {
    if (wanted == 0 || began + options_.turn > now) break;
    Entry& entry = entries_.at(cluster);
    if (entry.told) continue;
    entry.told = true;
    ++told_;
    --wanted;
    overdue.push_back(cluster);
  }
  return overdue;
}

absl::Time ClusterTurns::NextEvent(absl::Time now) const {
  if (waiting_.empty()) return absl::InfiniteFuture();
  const absl::Time due = std::get<0>(*waiting_.begin());
  if (serving_.size() < options_.places || due > now) return due;
  // Full: when the next turn is over, or one more is due.
  absl::Time next = absl::InfiniteFuture();
  auto later = waiting_.upper_bound({now, last_order_, ObjectKey()});
  while (later != waiting_.end() && std::get<0>(*later) <= now) ++later;
  if (later != waiting_.end()) next = std::get<0>(*later);
  if (Unserved(now) == 0) return next;
  for (const auto& [began, order, cluster] : serving_) {
    if (entries_.at(cluster).told) continue;
    return std::min(next, began + options_.turn);
  }
  return next;
}

void ClusterTurns::Queue(const ObjectKey& cluster, Entry& entry,
                         absl::Time due) {
  entry.time = due;
  entry.order = ++last_order_;
  waiting_.insert({due, entry.order, cluster});
}

absl::Duration ClusterTurns::PauseAfter(int failures, double random) const {
  const double factor = std::pow(options_.growth, failures - 1);
  const absl::Duration whole =
      std::min(options_.first_pause * factor, options_.longest_pause);
  return whole * (0.5 + random / 2);
}

size_t ClusterTurns::Unserved(absl::Time now) const {
  if (serving_.size() < options_.places) return 0;
  size_t due = 0;
  for (const auto& [time, order, cluster] : waiting_) {
    if (time > now || due == serving_.size()) break;
    ++due;
  }
  return due > told_ ? due - told_ : 0;
}

}  // namespace evroc::shim
