#include "shim/controller/worker_pool.h"

#include <optional>
#include <system_error>
#include <utility>

#include "glog/logging.h"

namespace evroc::shim {

WorkerPool::WorkerPool(WorkQueue& queue, int workers, Work work)
    : queue_(queue), limit_(workers), work_(std::move(work)) {
  absl::MutexLock lock(&mutex_);
  CHECK(StartThreadLocked()) << "no thread for the first worker";
}

WorkerPool::~WorkerPool() {
  queue_.Shutdown();
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Run() {
  while (const std::optional<ReconcileRequest> request = queue_.Get()) {
    BeginWork();
    work_(*request);
    EndWork();
    queue_.Done(request->key);
  }
}

void WorkerPool::BeginWork() {
  bool started = true;
  {
    absl::MutexLock lock(&mutex_);
    --idle_;
    if (idle_ == 0 && !ending_ && threads_.size() < limit_) {
      started = StartThreadLocked();
    }
  }
  if (!started) LOG(WARNING) << "Failed to start a further worker";
}

void WorkerPool::EndWork() {
  absl::MutexLock lock(&mutex_);
  ++idle_;
}

bool WorkerPool::StartThreadLocked() {
  try {
    threads_.emplace_back([this] { Run(); });
  } catch (const std::system_error&) {
    return false;
  }
  ++idle_;
  return true;
}

}  // namespace evroc::shim
