// Injects faults by route and count: requests get an error, a slow or truncated
// answer, or none. Thread-safe.

#ifndef TESTS_EVROC_SIM_SERVER_ROUTE_FAULTS_H_
#define TESTS_EVROC_SIM_SERVER_ROUTE_FAULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/json/json.h"

namespace evroc::sim {

struct RouteFault {
  // The requests that it affects. Empty: any method, any path.
  std::string method;
  std::string path_contains;
  std::string path_end;  // tells a collection from its objects
  int count = 1;         // how many requests
  int skip = 0;          // how many to skip first

  // The effects; each may be absent.
  int status = 0;  // answer with this instead of doing anything
  std::optional<int> retry_after_s;
  std::optional<std::string> body;  // of that answer; unset: a default
  bool lose_answer = false;         // do it, then close the connection
  bool refuse = false;              // close the connection, do nothing
  int64_t cut_after = -1;           // bytes of the body, then close
  absl::Duration delay;             // before the answer
  absl::Duration pause_per_kib;

  // Requests that are served, as if the same client had sent them, between this
  // one and its answer: another writer's changes at that very moment.
  struct Request {
    std::string method;
    std::string path;
    std::string body;
  };
  std::vector<Request> then;
};

// {"method": "POST", "path": "disks", "path_end": "/disks", "count": 2, "skip":
//  0, "status": 503, "retry_after_s": 1, "body": "…", "lose_answer": true,
//  "refuse": true, "cut_after": 10, "delay_ms": 100, "pause_per_kib_ms": 5,
//  "then": [{"method": "PATCH", "path": "/…", "body": {}}]}. 400 for unknown
// members, or none that does anything.
absl::StatusOr<RouteFault> ParseRouteFault(JsonView json);

class RouteFaults {
 public:
  void Add(RouteFault fault);
  void Clear();
  Json ToJson() const;

  // Returns the fault of this request, if there is one; counts down.
  std::optional<RouteFault> Strike(absl::string_view method,
                                   absl::string_view path);

 private:
  mutable absl::Mutex mutex_;
  std::vector<RouteFault> faults_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_ROUTE_FAULTS_H_
