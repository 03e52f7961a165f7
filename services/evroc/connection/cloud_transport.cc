#include "services/evroc/connection/cloud_transport.h"

#include <utility>

#include "services/evroc/auth/make_token_source.h"

namespace evroc::cloud {
namespace {

ObservedHttpClient::Observer CountIn(CloudMetrics& metrics) {
  return [&metrics](const HttpCall& call) { metrics.CallDone(call); };
}

HttpStack::Options StackOptions(const RetryPolicy& retry,
                                CloudMetrics& metrics) {
  return {.retry = retry,
          .on_call = CountIn(metrics),
          .on_wait = [&metrics](absl::Duration waited) {
            metrics.LimiterWaited(waited);
          }};
}

}  // namespace

CloudTransport::CloudTransport(const TokenConfig& tokens, Transports transports,
                               const TransportOptions& options,
                               CloudMetrics& metrics, Clock& clock)
    : transports_(std::move(transports)),
      token_transport_(*transports_.tokens, CountIn(metrics), clock),
      tokens_(
          MakeTokenSource(tokens, token_transport_, clock),
          [&metrics](bool success) { metrics.TokenRefreshed(success); }, clock),
      limiter_(options.rate, clock),
      calls_(*transports_.calls, tokens_, limiter_,
             StackOptions(options.retry, metrics), clock),
      watches_(*transports_.watches, tokens_, limiter_,
               StackOptions(options.retry, metrics), clock) {}

}  // namespace evroc::cloud
