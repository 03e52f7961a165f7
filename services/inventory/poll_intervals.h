// The intervals at which a service polls the cloud while it has watchers. A
// value.

#ifndef SERVICES_INVENTORY_POLL_INTERVALS_H_
#define SERVICES_INVENTORY_POLL_INTERVALS_H_

#include "absl/time/time.h"

namespace evroc::cloud {

struct PollIntervals {
  // The interval while something is in transition, and otherwise.
  absl::Duration fast = absl::Seconds(1);
  absl::Duration slow = absl::Minutes(5);
  // An object in transition for longer than `slow_down_after` is polled every
  // `slowed_down`.
  absl::Duration slow_down_after = absl::Minutes(15);
  absl::Duration slowed_down = absl::Seconds(15);
  // The limit for each collection. If more is in transition, polls are less
  // frequent: most of the rate limit is left to other calls.
  double polls_per_second = 10;
  // Polling threads of each scope: a cloud that hangs delays only its own scope
  // (traps.md B9).
  int pollers = 2;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_INTERVALS_H_
