#include "common/time/jitter.h"

#include "absl/random/random.h"

namespace evroc {

absl::Duration Jittered(absl::Duration duration, double least, double most) {
  thread_local absl::InsecureBitGen random;
  return duration * absl::Uniform(absl::IntervalClosed, random, least, most);
}

}  // namespace evroc
