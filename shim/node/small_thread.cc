#include "shim/node/small_thread.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"

namespace evroc::shim {
namespace {

// Address space only: what is not touched is not memory. The C++ runtime, glog
// and the sanitizers' frames fit in it.
constexpr size_t kStackBytes = size_t{512} << 10;

void* Run(void* work) {
  (*static_cast<std::function<void()>*>(work))();
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SmallThread>> SmallThread::Start(
    std::function<void()> work) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<SmallThread> started(new SmallThread(std::move(work)));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const int error =
      pthread_create(&started->thread_, &attributes, &Run, &started->work_);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    return absl::ResourceExhaustedError("no further thread can be started");
  }
  started->joinable_ = true;
  return started;
}

void SmallThread::Join() {
  if (!joinable_) return;
  joinable_ = false;
  pthread_join(thread_, nullptr);
}

}  // namespace evroc::shim
