#include "shim/queue/backoff.h"

#include <algorithm>
#include <cmath>

#include "absl/random/distributions.h"

namespace evroc::shim {

absl::Duration BackoffDelay(const BackoffOptions& options, int failures,
                            absl::BitGenRef random) {
  // 2^30 times anything is beyond every limit, and no overflow.
  const int doublings = std::clamp(failures - 1, 0, 30);
  const absl::Duration full =
      std::min(options.max, options.initial * std::ldexp(1.0, doublings));
  return full *
         absl::Uniform(absl::IntervalClosed, random, 1.0 - options.jitter, 1.0);
}

}  // namespace evroc::shim
