#include "shim/rpc/service_channel.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/status/error_details.h"
#include "common/status/status_grpc.h"
#include "common/time/clock.h"
#include "glog/logging.h"
#include "grpc/health/v1/health_service.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace evroc::shim {
namespace {

constexpr char kRequestId[] = "x-request-id";
// The services' own limits.
constexpr int kMaxMessageBytes = 4 << 20;
constexpr size_t kMaxStreamsPerConnection = 100;

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // Detects a service that vanished while calls are open. The services allow a
  // ping each 10 s (services/rpc/service_runtime.cc).
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // Otherwise channels to the same address share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Ignore the environment's proxy: the services are on the same machine.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

ServiceChannel::ServiceChannel(std::string name, std::string address,
                               OnCall on_call)
    : name_(std::move(name)),
      address_(std::move(address)),
      on_call_(std::move(on_call)),
      unary_(Connect()) {}

std::shared_ptr<grpc::Channel> ServiceChannel::Connect() const {
  return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(),
                                   Arguments());
}

absl::Status ServiceChannel::Call(
    const CallContext& context, absl::string_view method,
    const std::function<grpc::Status(grpc::ClientContext&)>& call) const {
  const absl::Time began = Clock::Real().Now();
  grpc::ClientContext client;
  // gRPC's deadlines are the calendar's.
  client.set_deadline(absl::ToChronoTime(
      ToWall(Clock::Real(), context.deadline == absl::InfiniteFuture()
                                ? began + kDefaultDeadline
                                : context.deadline)));
  if (!context.request_id.empty()) {
    client.AddMetadata(kRequestId, context.request_id);
  }
  absl::Status status;
  {
    const std::stop_callback cancel(context.cancel,
                                    [&client] { client.TryCancel(); });
    status = Error(call(client));
  }
  if (on_call_ != nullptr) {
    on_call_(method, status.code(), Clock::Real().Now() - began);
  }
  return status;
}

absl::Status ServiceChannel::CheckServing(const CallContext& context) const {
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  const HealthCheckRequest request;
  HealthCheckResponse answer;
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(
      unary_);
  absl::Status asked = Call(context, "Check", [&](grpc::ClientContext& client) {
    grpc::Status ended;
    absl::Notification done;
    stub.UnaryCall(&client, "/grpc.health.v1.Health/Check", {}, &request,
                   &answer, [&](grpc::Status status) {
                     ended = std::move(status);
                     done.Notify();
                   });
    done.WaitForNotification();
    return ended;
  });
  if (absl::IsUnimplemented(asked)) return absl::OkStatus();
  if (!asked.ok() || answer.status() == HealthCheckResponse::SERVING) {
    return asked;
  }
  return absl::UnavailableError(absl::StrCat(name_, " does not serve"));
}

absl::Status ServiceChannel::Error(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  const absl::Status error = FromGrpcStatus(status);
  // Every error of a service has details. gRPC's own errors have none, and name
  // ports and system errors that differ each time.
  if (absl::IsUnavailable(error) && status.error_details().empty()) {
    VLOG(1) << "Failed to reach service=" << name_
            << " error=" << ErrorText(error);
    return MakeError(absl::StatusCode::kUnavailable,
                     absl::StrCat(name_, " can't be reached"),
                     {.reason = std::string(kServiceUnreachable)});
  }
  return Annotate(error, name_);
}

std::shared_ptr<ServiceChannel::StreamSlot> ServiceChannel::TakeStreamSlot() {
  absl::MutexLock lock(&mutex_);
  for (StreamConnection& connection : streams_) {
    std::erase_if(connection.slots,
                  [](const auto& slot) { return slot.expired(); });
  }
  auto free = std::find_if(
      streams_.begin(), streams_.end(), [](const StreamConnection& connection) {
        return connection.slots.size() < kMaxStreamsPerConnection;
      });
  if (free == streams_.end()) {
    free = streams_.insert(streams_.end(), {.channel = Connect(), .slots = {}});
  }
  auto slot = std::make_shared<StreamSlot>(free->channel);
  free->slots.push_back(slot);
  return slot;
}

}  // namespace evroc::shim
