#include "services/rpc/unary_call.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/status/error_details.h"
#include "common/status/status_grpc.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"

namespace evroc::cloud {
namespace {

constexpr char kRequestId[] = "x-request-id";
constexpr size_t kMaxRequestId = 64;

bool IsDecent(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestId &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '.';
         });
}

// gRPC's deadlines are the calendar's.
absl::Duration LeftOf(const grpc::ServerContextBase& context) {
  return absl::FromChrono(context.deadline()) - Clock::Real().WallNow();
}

// The services' own texts have no secrets; the cloud's are truncated.
constexpr size_t kMaxLogged = 500;

}  // namespace

std::string RequestIdOf(const grpc::ServerContextBase& context) {
  const auto sent = context.client_metadata().find(kRequestId);
  if (sent != context.client_metadata().end()) {
    const absl::string_view id(sent->second.data(), sent->second.size());
    if (IsDecent(id)) return std::string(id);
  }
  static thread_local absl::BitGen random;
  return absl::StrFormat("%016x", absl::Uniform<uint64_t>(random));
}

// Counts a call while it runs.
class UnaryCalls::Running {
 public:
  explicit Running(UnaryCalls& calls) : calls_(calls) {
    absl::MutexLock lock(&calls_.mutex_);
    ++calls_.running_;
    refused_ = calls_.stopping_;
  }
  ~Running() {
    absl::MutexLock lock(&calls_.mutex_);
    --calls_.running_;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  bool refused() const { return refused_; }

 private:
  UnaryCalls& calls_;
  bool refused_ = false;
};

void UnaryCalls::Stop(absl::Duration drain_time) {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  const auto none_runs = [this] {
    mutex_.AssertReaderHeld();
    return running_ == 0;
  };
  clock_.AwaitWithDeadline(mutex_, absl::Condition(&none_runs),
                           clock_.Now() + drain_time);
}

absl::Status UnaryCalls::WorkInShare(const CallContext& context,
                                     const std::string& tenant,
                                     const Work& work) {
  EVROC_ASSIGN_OR_RETURN(const FairShare::Place place, shares_.Take(tenant));
  return work(context);
}

grpc::Status UnaryCalls::Serve(grpc::ServerContext& server_context,
                               absl::string_view method,
                               const std::string& tenant, const Work& work) {
  const Running running(*this);
  if (running.refused()) {
    return ToGrpcStatus(absl::UnavailableError("the service is stopping"));
  }
  const absl::Time began = clock_.Now();
  const CallRegistry::Call call(registry_, server_context);
  CallContext context{
      .deadline = began + std::min(LeftOf(server_context), kDefaultDeadline),
      .cancel = call.token(),
      .request_id = RequestIdOf(server_context)};
  server_context.AddInitialMetadata(kRequestId, context.request_id);
  const absl::Status status = WithMetadata(WorkInShare(context, tenant, work),
                                           "request_id", context.request_id);
  const absl::Duration took = clock_.Now() - began;
  const std::string code = absl::StatusCodeToString(status.code());
  metrics_.CallDone(std::string(method), code, took);
  if (status.ok()) {
    VLOG(1) << "Served method=" << method << " code=OK took=" << took
            << " request_id=" << context.request_id;
  } else {
    LOG(WARNING) << "Failed method=" << method << " code=" << code
                 << " took=" << took << " request_id=" << context.request_id
                 << " error=" << status.message().substr(0, kMaxLogged);
  }
  return ToGrpcStatus(status);
}

}  // namespace evroc::cloud
