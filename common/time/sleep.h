// Sleeps on a Clock. Thread-safe.

#ifndef COMMON_TIME_SLEEP_H_
#define COMMON_TIME_SLEEP_H_

#include <stop_token>

#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc {

// Blocks for `duration` by `clock`. Returns false, at once, if cancelled.
bool SleepFor(absl::Duration duration, const std::stop_token& cancel,
              Clock& clock);

}  // namespace evroc

#endif  // COMMON_TIME_SLEEP_H_
