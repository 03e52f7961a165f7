// Collects measured durations and summarizes them. Thread-safe.

#ifndef TESTS_BENCH_SAMPLES_H_
#define TESTS_BENCH_SAMPLES_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace evroc {

class Samples {
 public:
  void Add(absl::Duration sample);

  // "p50 1.2 ms  p99 3.4 ms  max 5 ms  (n=1000)".
  std::string ToString() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<absl::Duration> samples_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc

#endif  // TESTS_BENCH_SAMPLES_H_
