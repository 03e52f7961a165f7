// Faults of one fake service, which a test orders for each method, and counts
// of its calls. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_FAULTS_H_
#define SHIM_RPC_TESTING_FAKE_FAULTS_H_

#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace evroc::shim {

class FakeFaults {
 public:
  static constexpr int kForever = std::numeric_limits<int>::max();

  // `methods` are all methods; any other name is a mistake in the test, and
  // ends it.
  explicit FakeFaults(std::set<std::string> methods)
      : methods_(std::move(methods)) {}

  // The next `count` calls of `method` return `error` and do nothing.
  void Fail(const std::string& method, const absl::Status& error,
            int count = 1);

  // The next `count` calls of `method` do their work, then return `error`.
  void LoseAnswer(
      const std::string& method,
      const absl::Status& error = absl::UnavailableError("answer lost"),
      int count = 1);

  // Runs `action` once, at the beginning of the next call of `method`, on its
  // thread and outside all locks.
  void Before(const std::string& method, std::function<void()> action);

  // Removes all faults.
  void Clear();

  // The calls so far, failed ones too: of one method, or of all but Watch.
  int calls(const std::string& method) const;
  int calls() const;
  void ResetCalls();

  // Returns once `method` was called at least `count` times.
  void AwaitCalls(const std::string& method, int count) const;

  struct Fault {
    absl::Status error;  // OK: none
    bool after_work = false;
  };

  // For the fake clients: counts a call and returns its fault.
  Fault Begin(const std::string& method);

 private:
  struct Order {
    Fault fault;
    int remaining = 0;
    std::function<void()> before;
  };

  void Check(const std::string& method) const;

  const std::set<std::string> methods_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Order> orders_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_FAULTS_H_
