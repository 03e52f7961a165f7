// The intervals at which a service polls the cloud while it has watchers. A
// value.

#ifndef SERVICES_INVENTORY_POLLING_POLL_INTERVALS_H_
#define SERVICES_INVENTORY_POLLING_POLL_INTERVALS_H_

#include <memory>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "services/inventory/polling/poll_pool.h"
#include "services/inventory/polling/poll_scheduler.h"

namespace evroc::cloud {

struct PollIntervals {
  // The interval while something is in transition, and otherwise.
  absl::Duration fast = absl::Seconds(1);
  absl::Duration slow = absl::Minutes(5);
  // An object in transition for longer than `slow_down_after` is polled every
  // `slowed_down`.
  absl::Duration slow_down_after = absl::Minutes(15);
  absl::Duration slowed_down = absl::Seconds(15);
  // What is referred to and is not there is looked for every `missing`.
  absl::Duration missing = absl::Seconds(30);
  // The longest pause before something that can't be read is read again, and
  // how long the cloud may take to answer.
  absl::Duration longest_pause = absl::Seconds(30);
  absl::Duration read_timeout = absl::Seconds(10);
  absl::Duration list_timeout = absl::Seconds(30);
  // The limit for each collection. If more is in transition, polls are less
  // frequent: most of the rate limit is left to other calls.
  double polls_per_second = 10;
  // The polling threads, which scopes share; null: each scope has `pollers` of
  // its own.
  std::shared_ptr<PollPool> pool;
  int pollers = 2;

  // What polls for one scope.
  std::shared_ptr<PollScheduler> MakeScheduler(Clock& clock) const {
    return pool == nullptr ? std::make_shared<PollScheduler>(pollers, clock)
                           : std::make_shared<PollScheduler>(pool);
  }
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_POLLING_POLL_INTERVALS_H_
