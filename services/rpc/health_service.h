// Answers gRPC's health checks (grpc.health.v1): of the program as a whole, of
// a service by its full name, and of Kubernetes' probes by theirs. gRPC's own
// implementation holds its Watches open when the server shuts down.
// Thread-safe.

#ifndef SERVICES_RPC_HEALTH_SERVICE_H_
#define SERVICES_RPC_HEALTH_SERVICE_H_

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health_service.grpc.pb.h"
#include "grpcpp/support/server_callback.h"

namespace evroc::cloud {

class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // Serving from now on, as `service` and as a whole.
  explicit HealthService(const std::string& service);

  // Everything but the process itself stops serving. Open Watches are told and
  // end.
  void Stop();

  // NOT_FOUND for a name that is not served.
  grpc::ServerUnaryReactor* Check(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request,
      grpc::health::v1::HealthCheckResponse* response) override;
  // SERVICE_UNKNOWN for a name that is not served; the stream stays open.
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  Status StatusOfLocked(const std::string& name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const std::set<std::string> serving_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_HEALTH_SERVICE_H_
