// One open Watch of a service, as its client holds it.
//
// The observer is called on threads of the service's own, one call at a time.
// Thread-safe.

#ifndef SHIM_RPC_WATCH_CALL_H_
#define SHIM_RPC_WATCH_CALL_H_

#include "absl/status/status.h"

namespace evroc::shim {

// What a Watch says, in its order.
template <typename Response>
class WatchObserver {
 public:
  virtual ~WatchObserver() = default;

  virtual void OnEvent(const Response& response) = 0;

  // The stream has ended; at most once, and nothing follows. UNAUTHENTICATED:
  // the cloud refuses the credentials. OK where the service ended it in order.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// Destroying it cancels the stream and waits for the observer to return: after
// that the observer is not called any more. Not to be destroyed by the observer
// itself; the service that it came from must outlive it.
class WatchCall {
 public:
  virtual ~WatchCall() = default;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_WATCH_CALL_H_
