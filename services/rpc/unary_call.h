// The frame around every unary RPC: its tenant's share of those that run,
// deadline, cancellation, request id, log line, metrics, and conversion of
// errors to gRPC. Thread-safe.

#ifndef SERVICES_RPC_UNARY_CALL_H_
#define SERVICES_RPC_UNARY_CALL_H_

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "services/evroc/connection/fair_share.h"
#include "services/rpc/call_registry.h"
#include "services/rpc/rpc_metrics.h"

namespace evroc::cloud {

// Returns the id under which a request is logged: the client's "x-request-id"
// if it is valid, else a new one.
std::string RequestIdOf(const grpc::ServerContextBase& context);

class UnaryCalls {
 public:
  // The deadline of calls that have none.
  static constexpr absl::Duration kDefaultDeadline = absl::Seconds(60);
  // The calls that run at once, each on a thread.
  static constexpr int kMaxRunning = 400;

  // Both must outlive this.
  UnaryCalls(RpcMetrics& metrics, Clock& clock)
      : metrics_(metrics), clock_(clock) {}

  // Refuses calls from now on; those that run have up to `drain_time` to end.
  void Stop(absl::Duration drain_time);

  using Work = std::function<absl::Status(const CallContext&)>;

  // Runs `work`, or fails with RESOURCE_EXHAUSTED if the tenant has its share
  // of calls that run. The error gets the request id in its metadata; the
  // answer's metadata has it as well.
  grpc::Status Serve(grpc::ServerContext& server_context,
                     absl::string_view method, const std::string& tenant,
                     const Work& work);

 private:
  class Running;

  absl::Status WorkInShare(const CallContext& context,
                           const std::string& tenant, const Work& work);

  RpcMetrics& metrics_;
  Clock& clock_;
  CallRegistry registry_;
  FairShare shares_{kMaxRunning, "calls at once"};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_UNARY_CALL_H_
