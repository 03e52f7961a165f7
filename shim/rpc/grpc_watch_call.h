// Runs a Watch over gRPC, as a callback reactor without a thread of its own.
// Thread-safe.

#ifndef SHIM_RPC_GRPC_WATCH_CALL_H_
#define SHIM_RPC_GRPC_WATCH_CALL_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/status.h"
#include "shim/rpc/service_channel.h"
#include "shim/rpc/watch_call.h"

namespace evroc::shim {

template <typename Stub, typename Request, typename Response>
class GrpcWatchCall : public WatchCall,
                      private grpc::ClientReadReactor<Response> {
 public:
  // Opens the stream. `service` and `observer` must outlive it.
  GrpcWatchCall(ServiceChannel& service, Request request,
                WatchObserver<Response>& observer)
      : service_(service),
        slot_(service.TakeStreamSlot()),
        stub_(slot_->channel),
        request_(std::move(request)),
        observer_(observer) {
    stub_.async()->Watch(&context_, &request_, this);
    this->StartRead(&response_);
    this->StartCall();
  }

  // Waits for our own side only, not for the service.
  ~GrpcWatchCall() override {
    context_.TryCancel();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done_));
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    observer_.OnEvent(response_);
    this->StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    observer_.OnEnd(service_.Error(status));
    absl::MutexLock lock(&mutex_);
    done_ = true;
  }

  ServiceChannel& service_;
  const std::shared_ptr<ServiceChannel::StreamSlot> slot_;
  Stub stub_;
  const Request request_;
  WatchObserver<Response>& observer_;
  grpc::ClientContext context_;
  Response response_;  // the target of the current read
  absl::Mutex mutex_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_GRPC_WATCH_CALL_H_
