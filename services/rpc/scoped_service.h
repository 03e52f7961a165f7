// The common part of the two services' gRPC adapters: each call resolves its
// scope and works on it. Thread-safe.

#ifndef SERVICES_RPC_SCOPED_SERVICE_H_
#define SERVICES_RPC_SCOPED_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/log/redact.h"
#include "common/status/status_macros.h"
#include "common/time/call_context.h"
#include "glog/logging.h"
#include "services/evroc/connection/connection.h"
#include "services/evroc/connection/scope_pool.h"
#include "services/fields/common_fields.h"
#include "services/rpc/cloud_check.h"
#include "services/rpc/page_query.h"
#include "services/rpc/service_runtime.h"
#include "services/rpc/watch_streams.h"

namespace evroc::cloud {

// Scope has connection(), CheckCredentials(context) and feed().
template <typename Scope, typename WatchResponse>
class ScopedService {
 public:
  using MakeScope = typename ScopePool<Scope>::Make;
  using Work = std::function<absl::Status(const CallContext&, Scope&)>;

  // `runtime` must outlive the service.
  ScopedService(ServiceRuntime& runtime, MakeScope make)
      : runtime_(runtime),
        scopes_(
            runtime.resolver(),
            [&runtime](const std::string& key, const Target& target) {
              return runtime.Dial(key, target);
            },
            std::move(make), {.idle_time = runtime.flags().scope_idle_time},
            runtime.clock()),
        watches_(runtime.executor(), runtime.rpc_metrics().watches(),
                 runtime.flags().watch_linger) {}

  // Runs `work` on the request's scope, in the frame of UnaryCalls, if that is
  // in the cloud that the request expects. What is written is answered with the
  // cloud that it was written to.
  template <typename Request, typename Response>
  grpc::Status Call(grpc::ServerContext& context, absl::string_view method,
                    const Request& request, Response& response,
                    const Work& work) {
    return Serve(context, method, request,
                 [&](const CallContext& call, Scope& scope) -> absl::Status {
                   EVROC_RETURN_IF_ERROR(CheckExpected(call, request, scope));
                   EVROC_RETURN_IF_ERROR(work(call, scope));
                   if constexpr (requires { response.mutable_cloud(); }) {
                     *response.mutable_cloud() =
                         KnownIdentityOf(scope.connection());
                   }
                   return absl::OkStatus();
                 });
  }

  // As Call, for a List method: `work` fills `items` of `response`, and the
  // page that the request asks for is answered.
  template <typename Request, typename Response, typename Items>
  grpc::Status List(grpc::ServerContext& context, absl::string_view method,
                    const Request& request, Response& response, Items& items,
                    const Work& work) {
    return Call(context, method, request, response,
                [&](const CallContext& call, Scope& scope) -> absl::Status {
                  EVROC_ASSIGN_OR_RETURN(
                      const PageQuery page,
                      PageQuery::Of(method, scope.connection(), request));
                  EVROC_RETURN_IF_ERROR(work(call, scope));
                  response.set_next_page_token(page.Cut(items));
                  return absl::OkStatus();
                });
  }

  template <typename Request, typename Response>
  grpc::Status CheckCredentials(grpc::ServerContext& context,
                                const Request& request, Response& response) {
    return Serve(context, "CheckCredentials", request,
                 [&](const CallContext& call, Scope& scope) -> absl::Status {
                   EVROC_RETURN_IF_ERROR(scope.CheckCredentials(call));
                   common::v1::CredentialCheck& check =
                       *response.mutable_check();
                   check = DescribeConnection(scope.connection());
                   EVROC_ASSIGN_OR_RETURN(*check.mutable_identity(),
                                          IdentityOf(call, scope.connection(),
                                                     runtime_.clock().Now(),
                                                     absl::ZeroDuration()));
                   if (!request.scope().has_expected()) return absl::OkStatus();
                   EVROC_ASSIGN_OR_RETURN(
                       const common::v1::CloudProof proof,
                       Prove(call, scope.connection(), check.identity(),
                             request.scope().expected()));
                   check.set_proof(proof);
                   return absl::OkStatus();
                 });
  }

  template <typename Request>
  grpc::ServerWriteReactor<WatchResponse>* Watch(const Request& request) {
    const auto scope = scopes_.Find(FromProto(request.scope()));
    if (!scope.ok()) return watches_.Refuse(scope.status());
    return watches_.Start(request.scope().tenant(), *scope, (*scope)->feed(),
                          request.cursor(), request.cluster_id());
  }

  // Ends all Watches at shutdown.
  void EndWatches() {
    watches_.EndAll(absl::UnavailableError("the service is stopping"));
  }

  // Returns for each scope when the cloud last confirmed it:
  // ScopeCollector::Confirmed.
  std::vector<absl::Time> ConfirmedTimes() const {
    std::vector<absl::Time> times;
    for (const auto& scope : scopes_.All()) {
      times.push_back(scope->feed().confirmed());
    }
    return times;
  }

 private:
  // What is watched is known to have changed soon after it has.
  static constexpr absl::Duration kKeepWatched = absl::Minutes(10);
  static constexpr absl::Duration kKeepUnwatched = absl::Seconds(5);

  template <typename Request>
  grpc::Status Serve(grpc::ServerContext& context, absl::string_view method,
                     const Request& request, const Work& work) {
    return runtime_.unary_calls().Serve(
        context, method, request.scope().tenant(),
        [&](const CallContext& call) -> absl::Status {
          VLOG(1) << "Received method=" << method
                  << " request_id=" << call.request_id << " request={"
                  << Redacted(request) << "}";
          EVROC_ASSIGN_OR_RETURN(const auto scope,
                                 scopes_.Find(FromProto(request.scope())));
          return work(call, *scope);
        });
  }

  template <typename Request>
  absl::Status CheckExpected(const CallContext& call, const Request& request,
                             Scope& scope) {
    if (!request.scope().has_expected()) return absl::OkStatus();
    const bool watched = scope.feed().confirmed() != absl::InfiniteFuture();
    return CheckCloud(call, scope.connection(), request.scope().expected(),
                      runtime_.clock().Now(),
                      watched ? kKeepWatched : kKeepUnwatched);
  }

  ServiceRuntime& runtime_;
  ScopePool<Scope> scopes_;
  WatchStreams<WatchResponse> watches_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_SCOPED_SERVICE_H_
