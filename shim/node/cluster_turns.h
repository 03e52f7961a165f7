// Whose turn it is: which workload clusters may be looked at, when there are
// more of them than places.
//
// First come, first served, with a growing pause after each failure. Who holds
// a place for long while others wait is asked to come back at the end of the
// queue. Not thread-safe, without clock and threads: its owner has those.

#ifndef SHIM_NODE_CLUSTER_TURNS_H_
#define SHIM_NODE_CLUSTER_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

struct TurnOptions {
  size_t places = 256;  // looked at at once
  // How long a place is kept for certain while others wait.
  absl::Duration turn = absl::Seconds(10);
  // The pause after the first failure; each further one is `growth` times as
  // long. What is waited is between half and all of it.
  absl::Duration first_pause = absl::Seconds(1);
  absl::Duration longest_pause = absl::Minutes(1);
  double growth = 1.5;
};

class ClusterTurns {
 public:
  enum class Outcome {
    kDone,    // leave
    kAgain,   // come back at the end of the queue
    kLater,   // come back after the first pause
    kFailed,  // come back after a pause, longer each time
  };

  explicit ClusterTurns(const TurnOptions& options) : options_(options) {}

  // Queues a cluster that is not known yet, due at once.
  void Add(const ObjectKey& cluster, absl::Time now);
  // Takes a cluster out of the queue; not one that has its turn.
  void Remove(const ObjectKey& cluster);

  // Gives a place to whoever is due longest.
  std::optional<ObjectKey> Start(absl::Time now);
  // Takes the place back. `random` in [0, 1) spreads the pause.
  void Finish(const ObjectKey& cluster, Outcome outcome, absl::Time now,
              double random);

  // Who must give up their places now, each told once: as many as are due, and
  // have no place.
  std::vector<ObjectKey> TakeOverdue(absl::Time now);

  // When Start or TakeOverdue may have something new by the passing of time.
  absl::Time NextEvent(absl::Time now) const;

  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    absl::Time time;     // due, or when its turn began
    uint64_t order = 0;  // among those with the same time
    int failures = 0;    // in succession
    bool has_turn = false;
    bool told = false;  // to give up its place
  };
  using Place = std::tuple<absl::Time, uint64_t, ObjectKey>;

  void Queue(const ObjectKey& cluster, Entry& entry, absl::Time due);
  absl::Duration PauseAfter(int failures, double random) const;
  // How many are due but have no place, less those who were told.
  size_t Unserved(absl::Time now) const;

  const TurnOptions options_;
  std::map<ObjectKey, Entry> entries_;
  std::set<Place> waiting_;
  std::set<Place> serving_;
  size_t told_ = 0;
  uint64_t last_order_ = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_CLUSTER_TURNS_H_
