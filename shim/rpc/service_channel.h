// The way to one service: connections, deadlines, cancellation, request ids and
// errors, for all calls alike.
//
// Unary calls share a connection. Watches have connections of their own, and
// so many of them that no connection carries more than the service allows.
// A lost connection is made again after 5 s at the latest. Thread-safe.

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

// ErrorInfo.reason where the service itself gave no answer.
inline constexpr absl::string_view kServiceUnreachable = "SERVICE_UNREACHABLE";

class ServiceChannel {
 public:
  // Calls without a deadline get this one.
  static constexpr absl::Duration kDefaultDeadline = absl::Seconds(30);

  // Told of each call that has ended.
  using OnCall = std::function<void(
      absl::string_view method, absl::StatusCode code, absl::Duration took)>;

  // `name` stands in errors: "network-service". `address` is as
  // CheckServiceAddress allows it. Does not connect yet.
  ServiceChannel(std::string name, std::string address,
                 OnCall on_call = nullptr);

  const std::shared_ptr<grpc::Channel>& unary() const { return unary_; }

  // Runs one unary call in its frame.
  absl::Status Call(
      const CallContext& context, absl::string_view method,
      const std::function<grpc::Status(grpc::ClientContext&)>& call) const;

  // What a call ended with, as the shim has it.
  absl::Status Error(const grpc::Status& status) const;

  // A connection with room for one more stream, for as long as it is kept.
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
