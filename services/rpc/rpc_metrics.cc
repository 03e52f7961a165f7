#include "services/rpc/rpc_metrics.h"

namespace evroc::cloud {
namespace {

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return *bounds;
}

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry& registry)
    : calls_(prometheus::BuildCounter()
                 .Name("evroc_rpcs_total")
                 .Help("RPCs served by method and code.")
                 .Register(registry)),
      latency_(prometheus::BuildHistogram()
                   .Name("evroc_rpc_seconds")
                   .Help("How long RPCs took.")
                   .Register(registry)),
      watches_(prometheus::BuildGauge()
                   .Name("evroc_watches")
                   .Help("Watches that are open.")
                   .Register(registry)
                   .Add({})) {}

void RpcMetrics::CallDone(const std::string& method, const std::string& code,
                          absl::Duration took) {
  calls_.Add({{"method", method}, {"code", code}}).Increment();
  latency_.Add({{"method", method}}, Seconds())
      .Observe(absl::ToDoubleSeconds(took));
}

}  // namespace evroc::cloud
