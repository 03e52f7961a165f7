// Counts the API calls, for benchmarks and tests. Thread-safe.

#ifndef TESTS_EVROC_SIM_SERVER_CALL_STATISTICS_H_
#define TESTS_EVROC_SIM_SERVER_CALL_STATISTICS_H_

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/json/json.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

class CallStatistics {
 public:
  // `clock` must outlive the statistics.
  explicit CallStatistics(Clock& clock) : clock_(clock) {}

  // Logs each later call to a file, one line of JSON for each; with bodies
  // unless `redact`. UNAVAILABLE if the file can't be written.
  absl::Status OpenLog(const std::string& path, bool redact);

  void Record(const Request& request, const Response& response);
  void Reset();

  // {"calls": [{"method", "route", "count", "errors", "bytes_in", "bytes_out",
  //             "codes": {"200": 3}}]}.
  Json ToJson() const;

 private:
  struct Entry {
    int64_t count = 0;
    int64_t errors = 0;
    int64_t bytes_in = 0;
    int64_t bytes_out = 0;
    std::map<int, int64_t> codes;
  };

  void LogLocked(const Request& request, const Response& response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  mutable absl::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Entry> entries_
      ABSL_GUARDED_BY(mutex_);
  std::ofstream log_ ABSL_GUARDED_BY(mutex_);
  bool redact_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_CALL_STATISTICS_H_
