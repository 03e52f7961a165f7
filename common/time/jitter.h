// Adds jitter to durations, so that waiters do not all retry at once.
// Thread-safe.

#ifndef COMMON_TIME_JITTER_H_
#define COMMON_TIME_JITTER_H_

#include "absl/time/time.h"

namespace evroc {

// Returns a random duration between `least` and `most` times `duration`, both
// included.
absl::Duration Jittered(absl::Duration duration, double least, double most);

}  // namespace evroc

#endif  // COMMON_TIME_JITTER_H_
