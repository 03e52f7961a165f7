// Runs threads that do the work of a queue. Thread-safe.

#ifndef SHIM_CONTROLLER_WORKER_POOL_H_
#define SHIM_CONTROLLER_WORKER_POOL_H_

#include <functional>
#include <thread>
#include <vector>

#include "shim/controller/work_queue.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class WorkerPool {
 public:
  using Work = std::function<void(const ReconcileRequest& request)>;

  // Starts `workers` threads that call `work` for one request at a time each.
  // `queue` must outlive the pool.
  WorkerPool(WorkQueue& queue, int workers, Work work);

  // Shuts the queue down and waits until each `work` returns; it does not
  // cancel work that runs.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

 private:
  void Run();

  WorkQueue& queue_;
  const Work work_;
  std::vector<std::thread> threads_;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_WORKER_POOL_H_
