// Selects what one polling round reads: a few objects in transition one by one,
// many by cluster. Pure functions of an inventory's memory.

#ifndef SERVICES_INVENTORY_POLL_ROUND_H_
#define SERVICES_INVENTORY_POLL_ROUND_H_

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/evroc/api/id.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory_memory.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/transition.h"

namespace evroc::cloud {

template <typename T>
struct PollRound {
  std::set<std::string> clusters;  // to be listed
  std::vector<Id<T>> objects;      // to be read one by one
  int calls() const {
    return static_cast<int>(clusters.size() + objects.size());
  }
};

template <typename T>
bool IsMoving(const Known<T>& known) {
  return known.deleting || InTransition(known.object);
}

template <typename T>
bool AnyMoving(const InventoryMemory<T>& memory) {
  return std::any_of(
      memory.entries().begin(), memory.entries().end(),
      [](const auto& entry) { return IsMoving(entry.second.known); });
}

template <typename T>
PollRound<T> PlanRound(const InventoryMemory<T>& memory,
                       const PollIntervals& poll_intervals, absl::Time now) {
  // With more objects of a cluster than this, a list costs less.
  constexpr size_t kFewObjects = 3;
  std::map<std::string, std::vector<Id<T>>> moving;
  for (const auto& [id, entry] : memory.entries()) {
    if (!IsMoving(entry.known)) continue;
    if (now - entry.changed_at > poll_intervals.slow_down_after &&
        now - entry.read_at < poll_intervals.slowed_down) {
      continue;
    }
    const auto owner = OwnerOf(entry.known.object.metadata.labels);
    moving[owner.has_value() ? owner->cluster_id : ""].push_back(id);
  }
  PollRound<T> round;
  for (auto& [cluster, ids] : moving) {
    if (ids.size() > kFewObjects && !cluster.empty()) {
      round.clusters.insert(cluster);
    } else {
      round.objects.insert(round.objects.end(), ids.begin(), ids.end());
    }
  }
  return round;
}

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_ROUND_H_
