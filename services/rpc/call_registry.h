// Cancels unary RPCs when their clients cancel: gRPC's synchronous API reports
// a cancellation only when polled, so one thread polls for all. Thread-safe.

#ifndef SERVICES_RPC_CALL_REGISTRY_H_
#define SERVICES_RPC_CALL_REGISTRY_H_

#include <map>
#include <stop_token>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"

namespace evroc::cloud {

class CallRegistry {
 public:
  CallRegistry();
  ~CallRegistry();

  // Registers a call while it runs; `context` must outlive it.
  class Call {
   public:
    Call(CallRegistry& registry, const grpc::ServerContext& context);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    std::stop_token token() const { return source_.get_token(); }

   private:
    friend class CallRegistry;
    CallRegistry& registry_;
    const grpc::ServerContext& context_;
    std::stop_source source_;
  };

 private:
  void AskNowAndThen();

  absl::Mutex mutex_;
  std::map<const Call*, Call*> calls_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_CALL_REGISTRY_H_
