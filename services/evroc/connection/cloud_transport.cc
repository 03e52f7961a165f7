#include "services/evroc/connection/cloud_transport.h"

#include <utility>

#include "services/evroc/auth/make_token_source.h"

namespace evroc::cloud {
namespace {

ObservedHttpClient::Observer CountIn(CloudMetrics& metrics) {
  return [&metrics](const HttpCall& call) { metrics.CallDone(call); };
}

}  // namespace

CloudTransport::Layers::Layers(HttpClient& wire, CloudTransport& transport,
                               const RetryPolicy& policy, CloudMetrics& metrics,
                               Clock& clock)
    : observed(wire, CountIn(metrics), clock),
      authorized(observed, transport.tokens_),
      limited(
          authorized, transport.limiter_,
          [&metrics](absl::Duration waited) { metrics.LimiterWaited(waited); }),
      repeated(limited, policy, clock) {}

CloudTransport::CloudTransport(const TokenConfig& tokens, Wires wires,
                               const TransportOptions& options,
                               CloudMetrics& metrics, Clock& clock)
    : wires_(std::move(wires)),
      token_wire_(*wires_.tokens, CountIn(metrics), clock),
      tokens_(
          MakeTokenSource(tokens, token_wire_, clock),
          [&metrics](bool success) { metrics.TokenRefreshed(success); }, clock),
      limiter_(options.rate, clock),
      calls_(*wires_.calls, *this, options.retry, metrics, clock),
      watches_(*wires_.watches, *this, options.retry, metrics, clock) {}

}  // namespace evroc::cloud
