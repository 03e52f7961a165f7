// Threads that do the work of a queue. Thread-safe.

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
  using Work = std::function<void(const ObjectKey& key)>;

  // Starts `workers` threads that call `work` for each key, one key at a time
  // each. `queue` must outlive the pool.
  WorkerPool(WorkQueue& queue, int workers, Work work);

  // Shuts the queue down and waits for `work` to return; work that takes long
  // has to be told by other means.
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
