// A task queue for cpp-httplib with one thread for each connection, so that no
// connection waits for another. Thread-safe.

#ifndef TESTS_EVROC_SIM_SERVER_THREAD_PER_CONNECTION_H_
#define TESTS_EVROC_SIM_SERVER_THREAD_PER_CONNECTION_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "httplib.h"

namespace evroc::sim {

class ThreadPerConnection : public httplib::TaskQueue {
 public:
  // `end_connections` makes running tasks return soon.
  explicit ThreadPerConnection(std::function<void()> end_connections)
      : end_connections_(std::move(end_connections)) {}

  void enqueue(std::function<void()> task) override;
  // Waits for all tasks.
  void shutdown() override;

 private:
  const std::function<void()> end_connections_;
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_THREAD_PER_CONNECTION_H_
