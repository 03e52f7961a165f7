// Selects what one polling round reads: a few objects in transition one by one,
// many by cluster, and what somebody refers to and is not there. What could not
// be read comes last and waits longer each time: it holds up nothing else.

#ifndef SERVICES_INVENTORY_POLL_ROUND_H_
#define SERVICES_INVENTORY_POLL_ROUND_H_

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/time/backoff.h"
#include "services/evroc/api/id.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/inventory_memory.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/transition.h"

namespace evroc::cloud {

// One call of a round: a cluster's objects or, without a cluster, one object.
template <typename T>
struct PollStep {
  std::string cluster;
  Id<T> object;

  friend bool operator==(const PollStep&, const PollStep&) = default;
  friend auto operator<=>(const PollStep&, const PollStep&) = default;
};

// How earlier calls of the steps ended. Not thread-safe.
template <typename T>
class PollRecord {
 public:
  explicit PollRecord(const PollIntervals& intervals)
      : backoff_{.initial = intervals.fast, .max = intervals.longest_pause} {}

  void Note(const PollStep<T>& step, bool read, absl::Time now) {
    Entry& entry = entries_[step];
    entry.failures = read ? 0 : entry.failures + 1;
    entry.called_at = now;
    entry.due = read ? absl::InfinitePast()
                     : now + BackoffDelay(backoff_, entry.failures);
  }
  // When the step may be called again.
  absl::Time DueAt(const PollStep<T>& step) const { return Of(step).due; }
  // Those first that were not called for longest. Those that failed come later
  // than that, but not for ever.
  void Sort(std::vector<PollStep<T>>& steps) const {
    const auto rank = [this](const PollStep<T>& step) {
      const Entry entry = Of(step);
      return entry.called_at +
             (entry.failures > 0 ? backoff_.max : absl::ZeroDuration());
    };
    std::stable_sort(
        steps.begin(), steps.end(),
        [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  }
  // Forgets the steps that are not in `wanted`.
  void Keep(const std::set<PollStep<T>>& wanted) {
    std::erase_if(entries_, [&](const auto& entry) {
      return !wanted.contains(entry.first);
    });
  }

 private:
  struct Entry {
    int failures = 0;
    absl::Time called_at = absl::InfinitePast();
    absl::Time due = absl::InfinitePast();
  };

  Entry Of(const PollStep<T>& step) const {
    const auto found = entries_.find(step);
    return found == entries_.end() ? Entry() : found->second;
  }

  BackoffOptions backoff_;
  std::map<PollStep<T>, Entry> entries_;
};

template <typename T>
struct PollRound {
  std::vector<PollStep<T>> steps;  // due, in their order
  // When something else will be due.
  absl::Time next = absl::InfiniteFuture();
  std::set<PollStep<T>> all;  // due or not
};

template <typename T>
bool IsMoving(const Known<T>& known) {
  return known.deleting || InTransition(known.object);
}

// When the object is to be read again; InfiniteFuture: never.
template <typename T>
absl::Time DueAt(const typename InventoryMemory<T>::Entry& entry,
                 const PollIntervals& intervals, absl::Time now) {
  if (!IsMoving(entry.known)) return absl::InfiniteFuture();
  return now - entry.changed_at > intervals.slow_down_after
             ? entry.read_at + intervals.slowed_down
             : absl::InfinitePast();
}

// The steps that the memory gives cause for, and when each is due.
template <typename T>
std::map<PollStep<T>, absl::Time> StepsOf(const InventoryMemory<T>& memory,
                                          const PollIntervals& intervals,
                                          absl::Time now) {
  // With more objects of a cluster than this, a list costs less.
  constexpr size_t kFewObjects = 3;
  std::map<std::string, std::vector<Id<T>>> due_now;
  std::map<PollStep<T>, absl::Time> steps;
  for (const auto& [id, entry] : memory.entries()) {
    const absl::Time due = DueAt<T>(entry, intervals, now);
    if (due == absl::InfiniteFuture()) continue;
    if (due > now) {
      steps[{"", id}] = due;
      continue;
    }
    const auto owner = OwnerOf(entry.known.object.metadata.labels);
    due_now[owner.has_value() ? owner->cluster_id : ""].push_back(id);
  }
  for (const auto& [cluster, ids] : due_now) {
    if (ids.size() > kFewObjects && !cluster.empty()) {
      steps[{cluster, Id<T>()}] = absl::InfinitePast();
    } else {
      for (const Id<T>& id : ids) steps[{"", id}] = absl::InfinitePast();
    }
  }
  for (const Id<T>& id : memory.MissingReferences()) {
    steps[{"", id}] = memory.AbsentSince(id) + intervals.missing;
  }
  return steps;
}

template <typename T>
PollRound<T> PlanRound(const InventoryMemory<T>& memory,
                       const PollIntervals& intervals,
                       const PollRecord<T>& record, absl::Time now) {
  PollRound<T> round;
  for (const auto& [step, cause] : StepsOf(memory, intervals, now)) {
    round.all.insert(step);
    const absl::Time due = std::max(cause, record.DueAt(step));
    if (due <= now) {
      round.steps.push_back(step);
    } else {
      round.next = std::min(round.next, due);
    }
  }
  record.Sort(round.steps);
  return round;
}

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_ROUND_H_
