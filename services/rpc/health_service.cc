#include "services/rpc/health_service.h"

#include <utility>

#include "grpcpp/support/status.h"

namespace evroc::cloud {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// The names of Kubernetes' probes.
constexpr char kReadiness[] = "readiness";
constexpr char kLiveness[] = "liveness";

}  // namespace

// Sends at most two answers: the first, and the last at the end of the service.
// gRPC never deletes a reactor: it deletes itself in OnDone.
class HealthService::Watcher
    : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService& health, std::string name)
      : health_(health), name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  void Begin(Status status) {
    absl::MutexLock lock(&mutex_);
    SendLocked(status);
  }

  void End(Status status) {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    if (writing_) {
      last_ = status;
    } else if (response_.status() != status) {
      SendLocked(status);
    } else {
      FinishLocked();
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ok && ending_ && response_.status() != last_) {
      SendLocked(last_);
    } else if (!ok || ending_) {
      FinishLocked();
    }
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    FinishLocked();
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&health_.mutex_);
      health_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  ~Watcher() override = default;

  void SendLocked(Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    writing_ = true;
    last_ = status;
    response_.set_status(status);
    this->StartWrite(&response_);
  }

  void FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    finished_ = true;
    this->Finish(
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "the service is stopping"));
  }

  HealthService& health_;
  const std::string name_;
  absl::Mutex mutex_;
  HealthCheckResponse response_ ABSL_GUARDED_BY(mutex_);
  Status last_ ABSL_GUARDED_BY(mutex_) = HealthCheckResponse::UNKNOWN;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

HealthService::HealthService(const std::string& service)
    : serving_({"", service, kReadiness}) {}

HealthService::Status HealthService::StatusOfLocked(
    const std::string& name) const {
  if (name == kLiveness) return HealthCheckResponse::SERVING;
  if (!serving_.contains(name)) return HealthCheckResponse::SERVICE_UNKNOWN;
  return stopped_ ? HealthCheckResponse::NOT_SERVING
                  : HealthCheckResponse::SERVING;
}

void HealthService::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  for (Watcher* watcher : watchers_) {
    watcher->End(StatusOfLocked(watcher->name()));
  }
}

grpc::ServerUnaryReactor* HealthService::Check(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request,
    HealthCheckResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    response->set_status(StatusOfLocked(request->service()));
  }
  auto* const reactor = context->DefaultReactor();
  reactor->Finish(response->status() == HealthCheckResponse::SERVICE_UNKNOWN
                      ? grpc::Status(grpc::StatusCode::NOT_FOUND,
                                     "no service of that name is here")
                      : grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* /*context*/,
    const HealthCheckRequest* request) {
  auto* const watcher = new Watcher(*this, request->service());
  absl::MutexLock lock(&mutex_);
  const Status status = StatusOfLocked(request->service());
  watchers_.insert(watcher);
  watcher->Begin(status);
  if (stopped_) watcher->End(status);
  return watcher;
}

}  // namespace evroc::cloud
