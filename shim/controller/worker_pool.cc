#include "shim/controller/worker_pool.h"

#include <optional>
#include <utility>

namespace evroc::shim {

WorkerPool::WorkerPool(WorkQueue& queue, int workers, Work work)
    : queue_(queue), work_(std::move(work)) {
  threads_.reserve(workers);
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  queue_.Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Run() {
  while (const std::optional<ReconcileRequest> request = queue_.Get()) {
    work_(*request);
    queue_.Done(request->key);
  }
}

}  // namespace evroc::shim
