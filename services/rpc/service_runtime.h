// The common base of both service programs: clients of the cloud, metrics, and
// the gRPC server with reflection, health and channelz. Thread-safe.

#ifndef SERVICES_RPC_SERVICE_RUNTIME_H_
#define SERVICES_RPC_SERVICE_RUNTIME_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/server/http_endpoint.h"
#include "common/time/clock.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "grpcpp/server.h"
#include "prometheus/collectable.h"
#include "prometheus/registry.h"
#include "services/evroc/connection/cloud_dialer.h"
#include "services/evroc/connection/scope_resolver.h"
#include "services/evroc/http/cloud_metrics.h"
#include "services/inventory/polling/poll_intervals.h"
#include "services/inventory/polling/poll_pool.h"
#include "services/rpc/delayed_executor.h"
#include "services/rpc/rpc_metrics.h"
#include "services/rpc/service_flags.h"
#include "services/rpc/unary_call.h"

namespace evroc::cloud {

class ServiceRuntime {
 public:
  // Opens a connection to the cloud: CloudDialer::Dial.
  using DialCloud = std::function<std::shared_ptr<Connection>(
      const std::string& credential_key, const Target& target)>;

  explicit ServiceRuntime(const ServiceFlags& flags);
  // By another clock, which must outlive this, and with another cloud.
  ServiceRuntime(const ServiceFlags& flags, Clock& clock, DialCloud dial);

  Clock& clock() { return clock_; }
  DelayedExecutor& executor() { return executor_; }
  RpcMetrics& rpc_metrics() { return rpc_metrics_; }
  UnaryCalls& unary_calls() { return unary_calls_; }
  PollIntervals poll_intervals() const;
  const ServiceFlags& flags() const { return flags_; }

  ScopeResolver resolver() const;
  std::shared_ptr<Connection> Dial(const std::string& credential_key,
                                   const Target& target);

  // What a program serves.
  struct Served {
    std::string program;
    std::string name;  // of the service, with its package
    grpc::Service& service;
    std::function<void()> end_watches;
    std::shared_ptr<prometheus::Collectable> scopes;  // exported as metrics
  };

  // Serves until SIGTERM or SIGINT, then ends the watches, and lets unary RPCs
  // finish for a while; nothing else that is open holds it up. Returns the
  // program's exit code: 0, or 1 if it can't listen.
  int Run(const Served& served);

 private:
  std::unique_ptr<grpc::Server> Listen(grpc::Service& service,
                                       grpc::Service& health, int* port);
  void Stop(grpc::Server& server, const std::function<void()>& end_watches);
  absl::Status ServeMetrics(
      const std::shared_ptr<prometheus::Collectable>& scopes);

  const ServiceFlags flags_;
  Clock& clock_;
  const std::shared_ptr<prometheus::Registry> registry_;
  CloudMetrics cloud_metrics_;
  RpcMetrics rpc_metrics_;
  CloudDialer dialer_;
  UnaryCalls unary_calls_;
  DelayedExecutor executor_;
  const std::shared_ptr<PollPool> poll_pool_;
  const DialCloud dial_;
  std::unique_ptr<HttpEndpoint> metrics_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_SERVICE_RUNTIME_H_
