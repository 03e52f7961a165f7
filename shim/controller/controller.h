// The workers of one kind of object: take keys from the queue, reconcile, and
// decide by the outcome when to look again. Thread-safe.

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
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/controller/outcome.h"
#include "shim/controller/work_queue.h"
#include "shim/controller/worker_pool.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class Controller {
 public:
  using Reconcile =
      std::function<ReconcileResult(const CallContext&, const ObjectKey&)>;
  // How one pass ended ("done", "wait", "retry", "gone", "conflict", "error")
  // and how long it took.
  using Observe =
      std::function<void(absl::string_view outcome, absl::Duration)>;

  struct Options {
    std::string kind;  // for logs
    int workers = 10;
    // Each object is looked at again after about this time, whatever happens.
    absl::Duration sync_period = absl::Minutes(10);
    absl::Duration deadline = absl::Seconds(30);  // of one pass
  };

  Controller(Options options, Clock& clock, Reconcile reconcile,
             Observe observe);
  // Stops.
  ~Controller();

  // Keys may be added before Start; nothing is done before it.
  WorkQueue& queue() { return queue_; }
  // Once; nothing happens after Cancel or Stop, which may come first.
  void Start();
  // Passes that run are told to end, and none begins; not waited for.
  void Cancel();
  // Cancels, and returns when the last pass has ended. Safe to repeat.
  void Stop();

 private:
  void Work(const ObjectKey& key);
  absl::string_view Settle(const ObjectKey& key, const std::string& id,
                           const ReconcileResult& result);
  // Looks again: at once after the first few conflicts in a row, since the
  // other writer is done; then ever later, since he goes on.
  void AddAfterConflict(const ObjectKey& key);
  void ForgetConflicts(const ObjectKey& key);

  const Options options_;
  Clock& clock_;
  const Reconcile reconcile_;
  const Observe observe_;
  std::stop_source cancel_;
  WorkQueue queue_;

  absl::Mutex mutex_;
  // In a row, of each key whose last pass met one.
  absl::flat_hash_map<ObjectKey, int> conflicts_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<WorkerPool> workers_ ABSL_GUARDED_BY(mutex_);
  bool working_ ABSL_GUARDED_BY(mutex_) = false;  // a pool is not joined yet
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_CONTROLLER_H_
