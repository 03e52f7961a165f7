// Injects faults into one fake collection, and counts its calls.
//
// Thread-safe.

#ifndef SERVICES_EVROC_TESTING_FAKE_FAULTS_H_
#define SERVICES_EVROC_TESTING_FAKE_FAULTS_H_

#include <functional>
#include <limits>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/evroc/api/verb.h"

namespace evroc::cloud {

class FakeFaults {
 public:
  static constexpr int kForever = std::numeric_limits<int>::max();

  // The next `count` calls of `verb` return `error` and do nothing.
  void Fail(Verb verb, absl::Status error, int count = 1);

  // The next `count` calls of `verb` do their work, then return `error`.
  void LoseAnswer(Verb verb,
                  absl::Status error = absl::UnavailableError("answer lost"),
                  int count = 1);

  // Runs `action` once, at the start of the next call of `verb`, on its thread
  // and outside all locks: a test can make a concurrent change there.
  void Before(Verb verb, std::function<void()> action);

  // The same between the work of the next call of `verb` and its answer.
  void After(Verb verb, std::function<void()> action);

  // Removes all faults.
  void Clear();

  // The number of calls so far, including failed ones. An Update with nothing
  // to send is no call.
  int calls(Verb verb) const;
  int reads() const;   // Get and List
  int writes() const;  // Create, Update and Delete
  void ResetCalls();

  struct Fault {
    absl::Status error;  // OK: none
    bool after_work = false;
    std::function<void()> after;  // run between work and answer; may be null
  };

  // For collections: counts a call and returns its fault.
  Fault Begin(Verb verb);

 private:
  struct Order {
    Fault fault;
    int remaining = 0;
    std::function<void()> before;
    std::function<void()> after;
  };

  mutable absl::Mutex mutex_;
  std::map<Verb, Order> orders_ ABSL_GUARDED_BY(mutex_);
  std::map<Verb, int> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_FAKE_FAULTS_H_
