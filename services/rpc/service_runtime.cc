#include "services/rpc/service_runtime.h"

#include <chrono>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/server/metrics_page.h"
#include "common/server/program.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "services/rpc/health_service.h"

namespace evroc::cloud {
namespace {

constexpr int kMaxMessageBytes = 4 << 20;
constexpr int kMaxCallsPerConnection = 128;
// The minimum interval of client pings. With gRPC's default of minutes, an idle
// Watch whose client pings sooner would be closed.
constexpr int kMinPingIntervalMs = 10'000;
// What unary calls leave is for those that are refused.
constexpr int kMaxThreads = UnaryCalls::kMaxRunning + 44;
// The time that answers have to leave the process.
constexpr std::chrono::milliseconds kFlushTime(300);

TransportOptions Transport(const ServiceFlags& flags) {
  return {.rate = {.per_second = flags.cloud_rate,
                   .burst = static_cast<double>(flags.cloud_burst)}};
}

}  // namespace

ServiceRuntime::ServiceRuntime(const ServiceFlags& flags)
    : ServiceRuntime(flags, Clock::Real(),
                     [this](const std::string& key, const Target& target) {
                       return dialer_.Dial(key, target);
                     }) {}

ServiceRuntime::ServiceRuntime(const ServiceFlags& flags, Clock& clock,
                               DialCloud dial)
    : flags_(flags),
      clock_(clock),
      registry_(std::make_shared<prometheus::Registry>()),
      cloud_metrics_(*registry_),
      rpc_metrics_(*registry_),
      dialer_(Transport(flags), cloud_metrics_, clock_),
      unary_calls_(rpc_metrics_, clock_),
      executor_(clock_),
      poll_pool_(std::make_shared<PollPool>(PollPool::Options{}, clock_)),
      dial_(std::move(dial)) {}

PollIntervals ServiceRuntime::poll_intervals() const {
  return {.fast = flags_.poll_interval,
          .slow = flags_.drift_interval,
          .missing = flags_.reference_interval,
          .polls_per_second = flags_.cloud_rate / 2,
          .pool = poll_pool_};
}

ScopeResolver ServiceRuntime::resolver() const {
  return {
      CredentialFiles(flags_.credentials_dir),
      {.api_base_url = flags_.api_base_url, .issuer_url = flags_.issuer_url}};
}

std::shared_ptr<Connection> ServiceRuntime::Dial(
    const std::string& credential_key, const Target& target) {
  return dial_(credential_key, target);
}

std::unique_ptr<grpc::Server> ServiceRuntime::Listen(grpc::Service& service,
                                                     grpc::Service& health,
                                                     int* port) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(flags_.listen, grpc::InsecureServerCredentials(),
                           port);
  builder.RegisterService(&service);
  builder.RegisterService(&health);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kMaxCallsPerConnection);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("service");
  quota.SetMaxThreads(kMaxThreads);
  builder.SetResourceQuota(quota);
  return builder.BuildAndStart();
}

absl::Status ServiceRuntime::ServeMetrics(
    const std::shared_ptr<prometheus::Collectable>& scopes) {
  if (flags_.metrics_address.empty()) return absl::OkStatus();
  EVROC_ASSIGN_OR_RETURN(
      metrics_,
      HttpEndpoint::Listen(flags_.metrics_address,
                           {{"/metrics", MetricsPage({registry_, scopes})}}));
  LOG(INFO) << "Serving metrics address=" << metrics_->address();
  return absl::OkStatus();
}

int ServiceRuntime::Run(const Served& served) {
  HealthService health(served.name);
  int port = 0;
  const std::unique_ptr<grpc::Server> server =
      Listen(served.service, health, &port);
  if (server == nullptr) {
    std::cerr << served.program << ": can't listen on " << flags_.listen
              << "\n";
    return 1;
  }
  if (const absl::Status metrics = ServeMetrics(served.scopes); !metrics.ok()) {
    LOG(ERROR) << "Failed to serve metrics address=" << flags_.metrics_address
               << " error=" << metrics.message();
    return 1;
  }
  const bool is_socket = absl::StartsWith(flags_.listen, "unix:");
  AnnounceReady(served.program,
                is_socket ? flags_.listen
                          : absl::StrCat(flags_.listen.substr(
                                             0, flags_.listen.rfind(':')),
                                         ":", port));
  WaitForTermination();
  health.Stop();
  Stop(*server, served.end_watches);
  return 0;
}

// A stream that its client does not read, and gRPC's own, such as reflection's,
// end when unary calls have.
void ServiceRuntime::Stop(grpc::Server& server,
                          const std::function<void()>& end_watches) {
  end_watches();
  unary_calls_.Stop(flags_.shutdown_timeout);
  server.Shutdown(std::chrono::system_clock::now() + kFlushTime);
  server.Wait();
  executor_.Drain();
  metrics_.reset();  // it looks at the scopes
}

}  // namespace evroc::cloud
