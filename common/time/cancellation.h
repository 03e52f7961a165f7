// Cancellation that travels from whoever started some work to the socket that
// the work waits on.
//
// A CancelSource hands out CancelTokens; Cancel() makes every token cancelled,
// once and for good, and runs the callbacks that wait on them. Thread-safe.

#ifndef COMMON_TIME_CANCELLATION_H_
#define COMMON_TIME_CANCELLATION_H_

#include <functional>
#include <memory>

namespace evroc {

namespace internal {
class CancelState;
}  // namespace internal

// A cheap copyable view of a CancelSource. A default one is never cancelled.
class CancelToken {
 public:
  CancelToken() = default;

  bool cancelled() const;

 private:
  friend class CancelSource;
  friend class CancelCallback;
  explicit CancelToken(std::shared_ptr<internal::CancelState> state);

  std::shared_ptr<internal::CancelState> state_;
};

// Owns the decision to cancel. Destroying it does not cancel.
class CancelSource {
 public:
  CancelSource();

  // Idempotent. Runs callbacks on the calling thread before it returns.
  void Cancel();

  CancelToken token() const;

 private:
  std::shared_ptr<internal::CancelState> state_;
};

// Runs `callback` when `token` is cancelled, at once if it already is. After
// the destructor has returned the callback neither runs nor will run.
// `callback` must not destroy this object.
class CancelCallback {
 public:
  CancelCallback(const CancelToken& token, std::function<void()> callback);
  ~CancelCallback();

  CancelCallback(const CancelCallback&) = delete;
  CancelCallback& operator=(const CancelCallback&) = delete;

 private:
  std::shared_ptr<internal::CancelState> state_;
  int id_ = 0;
};

}  // namespace evroc

#endif  // COMMON_TIME_CANCELLATION_H_
