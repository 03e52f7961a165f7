// Runs threads that do the work of a queue: one that waits for the next request
// and those that are at work, up to a limit. Thread-safe.

#ifndef SHIM_CONTROLLER_WORKER_POOL_H_
#define SHIM_CONTROLLER_WORKER_POOL_H_

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "shim/controller/work_queue.h"

namespace evroc::shim {

class WorkerPool {
 public:
  using Work = std::function<void(const ReconcileRequest& request)>;

  // Calls `work` for one request at a time on each of up to `workers` threads.
  // A thread starts once all others are at work, and stays. `queue` must
  // outlive the pool.
  WorkerPool(WorkQueue& queue, int workers, Work work);

  // Shuts the queue down and waits until each `work` returns; it does not
  // cancel work that runs.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

 private:
  void Run();
  void BeginWork();
  void EndWork();
  // Returns false if the system gives no further thread: the others continue.
  bool StartThreadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  WorkQueue& queue_;
  const size_t limit_;
  const Work work_;
  absl::Mutex mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_WORKER_POOL_H_
