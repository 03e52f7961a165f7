#include "services/evroc/http/cloud_metrics.h"

namespace evroc::cloud {
namespace {

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds = new prometheus::Histogram::BucketBoundaries{
      0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *bounds;
}

}  // namespace

CloudMetrics::CloudMetrics(prometheus::Registry& registry)
    : calls_(prometheus::BuildCounter()
                 .Name("evroc_cloud_calls_total")
                 .Help("Calls of the cloud's API by method, route and code.")
                 .Register(registry)),
      bytes_(prometheus::BuildCounter()
                 .Name("evroc_cloud_received_bytes_total")
                 .Help("Bytes of bodies received from the cloud's API.")
                 .Register(registry)),
      latency_(prometheus::BuildHistogram()
                   .Name("evroc_cloud_call_seconds")
                   .Help("How long calls of the cloud's API took.")
                   .Register(registry)),
      refreshes_(prometheus::BuildCounter()
                     .Name("evroc_token_refreshes_total")
                     .Help("Access tokens fetched, by outcome.")
                     .Register(registry)),
      limiter_wait_seconds_(
          prometheus::BuildCounter()
              .Name("evroc_limiter_wait_seconds_total")
              .Help("Time that calls waited for the rate limit.")
              .Register(registry)
              .Add({})) {}

void CloudMetrics::CallDone(const HttpCall& call) {
  const prometheus::Labels labels = {{"method", call.method},
                                     {"route", call.route}};
  calls_
      .Add(
          {{"method", call.method}, {"route", call.route}, {"code", call.code}})
      .Increment();
  bytes_.Add(labels).Increment(static_cast<double>(call.bytes));
  latency_.Add(labels, Seconds()).Observe(absl::ToDoubleSeconds(call.took));
}

void CloudMetrics::TokenRefreshed(bool success) {
  refreshes_.Add({{"outcome", success ? "success" : "failure"}}).Increment();
}

void CloudMetrics::LimiterWaited(absl::Duration duration) {
  limiter_wait_seconds_.Increment(absl::ToDoubleSeconds(duration));
}

}  // namespace evroc::cloud
