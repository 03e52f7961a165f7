#include "services/evroc/connection/cloud_transport.h"

#include <utility>

#include "services/evroc/auth/make_token_source.h"

namespace evroc::cloud {

CloudTransport::Layers::Layers(HttpClient& wire, CloudTransport& transport,
                               const RetryPolicy& policy, CloudMetrics& metrics,
                               Clock& clock)
    : observed(wire, metrics, clock),
      authorized(observed, transport.tokens_),
      limited(authorized, transport.limiter_, metrics),
      repeated(limited, policy, clock) {}

CloudTransport::CloudTransport(const TokenConfig& tokens, Wires wires,
                               const TransportOptions& options,
                               CloudMetrics& metrics, Clock& clock)
    : wires_(std::move(wires)),
      token_wire_(*wires_.tokens, metrics, clock),
      tokens_(MakeTokenSource(tokens, token_wire_, clock), metrics, clock),
      limiter_(options.rate, clock),
      calls_(*wires_.calls, *this, options.retry, metrics, clock),
      watches_(*wires_.watches, *this, options.retry, metrics, clock) {}

}  // namespace evroc::cloud
