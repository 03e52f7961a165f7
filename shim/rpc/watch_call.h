// The client's handle of one open Watch, and its observer.
//
// The observer is called on the client's own threads, one call at a time.
// Thread-safe.

#ifndef SHIM_RPC_WATCH_CALL_H_
#define SHIM_RPC_WATCH_CALL_H_

#include "absl/status/status.h"

namespace evroc::shim {

// Receives the responses of a Watch, in order.
template <typename Response>
class WatchObserver {
 public:
  virtual ~WatchObserver() = default;

  virtual void OnEvent(const Response& response) = 0;

  // The stream has ended. Called at most once, and last. OK if the service
  // ended it regularly; UNAUTHENTICATED if the cloud refuses the credentials.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// Its destructor cancels the stream and waits for the observer to return;
// afterwards the observer is not called again. The observer must not destroy
// it, and its client must outlive it.
class WatchCall {
 public:
  virtual ~WatchCall() = default;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_WATCH_CALL_H_
