#include "common/time/backoff.h"

#include <algorithm>
#include <cmath>

#include "common/time/jitter.h"

namespace evroc {

absl::Duration BackoffDelay(const BackoffOptions& options, int failures) {
  // 2^30 times any delay is beyond every limit, without overflow.
  const int doublings = std::clamp(failures - 1, 0, 30);
  const absl::Duration full =
      std::min(options.max, options.initial * std::ldexp(1.0, doublings));
  return Jittered(full, 1.0 - options.jitter, 1.0);
}

}  // namespace evroc
