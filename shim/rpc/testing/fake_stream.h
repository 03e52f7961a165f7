// One stream of a fake service: queues responses, and calls the observer with
// them on one thread at a time. Thread-safe.

#ifndef SHIM_RPC_TESTING_FAKE_STREAM_H_
#define SHIM_RPC_TESTING_FAKE_STREAM_H_

#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

template <typename Response>
class FakeStream {
 public:
  // A stream of the resources in `project`.
  FakeStream(std::string project, WatchObserver<Response>& observer)
      : project_(std::move(project)), observer_(observer) {}

  const std::string& project() const { return project_; }

  void Notify(Response response) {
    absl::MutexLock lock(&mutex_);
    items_.push_back({std::move(response), std::nullopt});
  }
  // Ends the stream with `status`; must be the last call.
  void End(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    items_.push_back({Response(), status});
  }

  // Returns once the observer was called with everything queued, on this thread
  // or another. Does nothing inside the observer: the outer call continues.
  void Deliver();

  // Cancels the stream; returns once the observer has.
  void Close();

 private:
  struct Item {
    Response response;
    std::optional<absl::Status> end;
  };

  void AwaitIdleLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string project_;
  WatchObserver<Response>& observer_;
  absl::Mutex mutex_;
  std::deque<Item> items_ ABSL_GUARDED_BY(mutex_);
  bool delivering_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread::id by_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

template <typename Response>
void FakeStream<Response>::Deliver() {
  mutex_.Lock();
  if (delivering_ && by_ == std::this_thread::get_id()) return mutex_.Unlock();
  AwaitIdleLocked();
  delivering_ = true;
  by_ = std::this_thread::get_id();
  while (!closed_ && !items_.empty()) {
    const Item item = std::move(items_.front());
    items_.pop_front();
    closed_ = item.end.has_value();
    mutex_.Unlock();
    if (item.end.has_value()) {
      observer_.OnEnd(*item.end);
    } else {
      observer_.OnEvent(item.response);
    }
    mutex_.Lock();
  }
  delivering_ = false;
  mutex_.Unlock();
}

template <typename Response>
void FakeStream<Response>::AwaitIdleLocked() {
  const auto idle = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !delivering_;
  };
  mutex_.Await(absl::Condition(&idle));
}

template <typename Response>
void FakeStream<Response>::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  AwaitIdleLocked();
}

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_STREAM_H_
