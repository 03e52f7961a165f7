#include "tests/evroc_sim/server/thread_per_connection.h"

#include <thread>
#include <utility>

namespace evroc::sim {

void ThreadPerConnection::enqueue(std::function<void()> task) {
  {
    absl::MutexLock lock(&mutex_);
    ++running_;
  }
  // Detached: shutdown() waits for the count.
  std::thread([this, task = std::move(task)] {
    task();
    absl::MutexLock lock(&mutex_);
    --running_;
  }).detach();
}

void ThreadPerConnection::shutdown() {
  const auto none = [](int* running) { return *running == 0; };
  while (true) {
    end_connections_();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(+none, &running_),
                                absl::Milliseconds(50))) {
      return;
    }
  }
}

}  // namespace evroc::sim
