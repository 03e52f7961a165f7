// How often a service looks at the cloud while somebody watches. A value.

#ifndef SERVICES_INVENTORY_POLL_INTERVALS_H_
#define SERVICES_INVENTORY_POLL_INTERVALS_H_

#include "absl/time/time.h"

namespace evroc::cloud {

struct PollIntervals {
  // Between polls while something is in transition, and otherwise.
  absl::Duration fast = absl::Seconds(1);
  absl::Duration slow = absl::Minutes(5);
  // An object that has been in transition for longer than `slow_down_after` is
  // looked at every `slowed_down`.
  absl::Duration slow_down_after = absl::Minutes(15);
  absl::Duration slowed_down = absl::Seconds(15);
  // Of each collection. Where more is in transition than that allows, polls are
  // further apart: they leave most of the rate limit to others.
  double polls_per_second = 10;
  // Threads that poll, for each scope: a cloud that hangs holds up only its own
  // (traps.md B9).
  int pollers = 2;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLL_INTERVALS_H_
