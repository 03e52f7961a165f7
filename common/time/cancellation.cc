#include "common/time/cancellation.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace evroc {
namespace internal {

class CancelState {
 public:
  bool cancelled() const {
    absl::MutexLock lock(&mutex_);
    return cancelled_;
  }

  void Cancel() {
    std::map<int, std::function<void()>> callbacks;
    {
      absl::MutexLock lock(&mutex_);
      if (cancelled_) return;
      cancelled_ = true;
      running_ = true;
      callbacks.swap(callbacks_);
    }
    for (auto& [id, callback] : callbacks) callback();
    absl::MutexLock lock(&mutex_);
    running_ = false;
  }

  // Returns the id to remove it by; 0 if `callback` is to be run by the caller.
  int Add(std::function<void()>& callback) {
    absl::MutexLock lock(&mutex_);
    if (cancelled_) return 0;
    callbacks_.emplace(++last_id_, std::move(callback));
    return last_id_;
  }

  void Remove(int id) {
    absl::MutexLock lock(&mutex_);
    if (callbacks_.erase(id) > 0) return;
    mutex_.Await(absl::Condition(this, &CancelState::Idle));
  }

 private:
  bool Idle() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !running_; }

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  int last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace internal

CancelToken::CancelToken(std::shared_ptr<internal::CancelState> state)
    : state_(std::move(state)) {}

bool CancelToken::cancelled() const {
  return state_ != nullptr && state_->cancelled();
}

CancelSource::CancelSource()
    : state_(std::make_shared<internal::CancelState>()) {}

void CancelSource::Cancel() { state_->Cancel(); }

CancelToken CancelSource::token() const { return CancelToken(state_); }

CancelCallback::CancelCallback(const CancelToken& token,
                               std::function<void()> callback)
    : state_(token.state_) {
  if (state_ == nullptr) return;
  id_ = state_->Add(callback);
  if (id_ == 0) callback();
}

CancelCallback::~CancelCallback() {
  if (id_ != 0) state_->Remove(id_);
}

}  // namespace evroc
