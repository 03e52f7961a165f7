// Runs the workers of one controller: they take requests from its queue,
// reconcile, and requeue the key as the outcome says. Thread-safe.

#ifndef SHIM_CONTROLLER_CONTROLLER_H_
#define SHIM_CONTROLLER_CONTROLLER_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/backoff.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/controller/outcome.h"
#include "shim/controller/work_queue.h"
#include "shim/controller/worker_pool.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class Controller {
 public:
  using Reconcile = std::function<ReconcileResult(const CallContext&,
                                                  const ReconcileRequest&)>;
  // Receives how one reconcile ended ("done", "wait", "retry", "gone",
  // "conflict", "error") and how long it took.
  using Observe =
      std::function<void(absl::string_view outcome, absl::Duration)>;

  struct Options {
    std::string kind;  // for logs
    int workers = 10;  // at most: threads start as they are needed
    // Each object is reconciled again after about this time.
    absl::Duration sync_period = absl::Minutes(10);
    absl::Duration deadline = absl::Seconds(30);  // of one reconcile
    BackoffOptions backoff;  // after errors and RetryWithBackoff
  };

  Controller(Options options, Clock& clock, Reconcile reconcile,
             Observe observe);
  // Stops.
  ~Controller();

  // Accepts keys before Start; workers take none before it.
  WorkQueue& queue() { return queue_; }
  const WorkQueue& queue() const { return queue_; }
  const std::string& kind() const { return options_.kind; }
  // Starts the workers; at most once. Has no effect after Cancel or Stop.
  void Start();
  // Cancels running reconciles and begins no other; does not wait.
  void Cancel();
  // Cancels, and waits for the last reconcile. Safe to repeat.
  void Stop();

 private:
  void Work(const ReconcileRequest& request);
  absl::string_view Settle(const ObjectKey& key, const std::string& id,
                           const ReconcileResult& result);
  // Requeues at once after the first few conflicts in a row, since the other
  // writer is probably done; then with a growing delay.
  void AddAfterConflict(const ObjectKey& key);
  void ForgetConflicts(const ObjectKey& key);

  const Options options_;
  Clock& clock_;
  const Reconcile reconcile_;
  const Observe observe_;
  std::stop_source cancel_;
  WorkQueue queue_;

  absl::Mutex mutex_;
  // Consecutive conflicts, by key.
  absl::flat_hash_map<ObjectKey, int> conflicts_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<WorkerPool> workers_ ABSL_GUARDED_BY(mutex_);
  bool working_ ABSL_GUARDED_BY(mutex_) = false;  // the pool is not joined yet
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_CONTROLLER_H_
