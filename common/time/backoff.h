// Exponential backoff: each delay is twice the previous one, up to a limit,
// with jitter. Thread-safe.

#ifndef COMMON_TIME_BACKOFF_H_
#define COMMON_TIME_BACKOFF_H_

#include "absl/time/time.h"

namespace evroc {

struct BackoffOptions {
  absl::Duration initial = absl::Milliseconds(500);
  absl::Duration max = absl::Minutes(5);
  // A delay is between (1 - jitter) and 1 times the full one.
  double jitter = 0.25;
};

// Returns the delay after `failures` failures in a row, counted from 1.
absl::Duration BackoffDelay(const BackoffOptions& options, int failures);

}  // namespace evroc

#endif  // COMMON_TIME_BACKOFF_H_
