#include "tests/bench/samples.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace evroc {

void Samples::Add(absl::Duration sample) {
  absl::MutexLock lock(&mutex_);
  samples_.push_back(sample);
}

std::string Samples::ToString() const {
  absl::MutexLock lock(&mutex_);
  if (samples_.empty()) return "none";
  std::vector<absl::Duration> sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    const auto index =
        static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
    return absl::ToDoubleMilliseconds(sorted[index]);
  };
  return absl::StrFormat("p50 %.1f ms  p99 %.1f ms  max %.1f ms  (n=%d)",
                         at(0.5), at(0.99), at(1), sorted.size());
}

}  // namespace evroc
