// Carries all calls to one service: connections, deadlines, cancellation,
// request ids and errors.
//
// Unary calls share a connection. Watches have connections of their own, enough
// to stay below the service's limit of streams. A lost connection is made again
// after at most 5 s. Thread-safe.

#ifndef SHIM_RPC_SERVICE_CHANNEL_H_
#define SHIM_RPC_SERVICE_CHANNEL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

namespace evroc::shim {

// ErrorInfo.reason if the service itself gave no answer.
inline constexpr absl::string_view kServiceUnreachable = "SERVICE_UNREACHABLE";

class ServiceChannel {
 public:
  // Calls without a deadline get this one.
  static constexpr absl::Duration kDefaultDeadline = absl::Seconds(30);

  // Called after each unary call.
  using OnCall = std::function<void(
      absl::string_view method, absl::StatusCode code, absl::Duration took)>;

  // `name` is the prefix of errors: "network-service". `address` must pass
  // CheckServiceAddress. Does not connect yet.
  ServiceChannel(std::string name, std::string address,
                 OnCall on_call = nullptr);

  const std::shared_ptr<grpc::Channel>& unary() const { return unary_; }

  // Runs one unary call with deadline, cancellation and request id, reports it
  // to `on_call`, and returns its Error.
  absl::Status Call(
      const CallContext& context, absl::string_view method,
      const std::function<grpc::Status(grpc::ClientContext&)>& call) const;

  // Whether the service says that it serves (grpc.health.v1). One that can't
  // tell serves if it answers.
  absl::Status CheckServing(const CallContext& context) const;

  // The status of a finished call as an absl::Status, with the service's name.
  absl::Status Error(const grpc::Status& status) const;

  // Reserves room for one stream on a connection while it exists.
  class StreamSlot {
   public:
    explicit StreamSlot(std::shared_ptr<grpc::Channel> channel)
        : channel(std::move(channel)) {}
    const std::shared_ptr<grpc::Channel> channel;
  };
  std::shared_ptr<StreamSlot> TakeStreamSlot();

 private:
  struct StreamConnection {
    std::shared_ptr<grpc::Channel> channel;
    std::vector<std::weak_ptr<StreamSlot>> slots;
  };

  std::shared_ptr<grpc::Channel> Connect() const;

  const std::string name_;
  const std::string address_;
  const OnCall on_call_;
  const std::shared_ptr<grpc::Channel> unary_;

  absl::Mutex mutex_;
  std::vector<StreamConnection> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RPC_SERVICE_CHANNEL_H_
