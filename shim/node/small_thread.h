// A thread with a small stack, for those of which there are hundreds.
//
// Joined by Join() or the destructor, whichever comes first.

#ifndef SHIM_NODE_SMALL_THREAD_H_
#define SHIM_NODE_SMALL_THREAD_H_

#include <pthread.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"

namespace evroc::shim {

class SmallThread {
 public:
  // RESOURCE_EXHAUSTED if the system gives no further thread.
  static absl::StatusOr<std::unique_ptr<SmallThread>> Start(
      std::function<void()> work);
  ~SmallThread() { Join(); }

  SmallThread(const SmallThread&) = delete;
  SmallThread& operator=(const SmallThread&) = delete;

  void Join();

 private:
  explicit SmallThread(std::function<void()> work) : work_(std::move(work)) {}

  std::function<void()> work_;
  pthread_t thread_ = {};
  bool joinable_ = false;
};

}  // namespace evroc::shim

#endif  // SHIM_NODE_SMALL_THREAD_H_
