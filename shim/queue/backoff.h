// How long to wait before trying again: twice as long each time, up to a limit,
// and never the same for everybody. A pure function of its random numbers.

#ifndef SHIM_QUEUE_BACKOFF_H_
#define SHIM_QUEUE_BACKOFF_H_

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"

namespace evroc::shim {

struct BackoffOptions {
  absl::Duration initial = absl::Milliseconds(500);
  absl::Duration max = absl::Minutes(5);
  // A delay lies between (1 - jitter) and 1 times the full one.
  double jitter = 0.25;
};

// The delay after `failures` failures in a row, counted from 1.
absl::Duration BackoffDelay(const BackoffOptions& options, int failures,
                            absl::BitGenRef random);

}  // namespace evroc::shim

#endif  // SHIM_QUEUE_BACKOFF_H_
