#include "shim/diagnostics/shim_metrics.h"

#include "common/server/metrics_page.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShimMetricsTest, ShowsWhatWasCounted) {
  const auto registry = std::make_shared<prometheus::Registry>();
  ShimMetrics metrics(*registry);
  metrics.ReconcileDone("EvrocMachine", "done", absl::Milliseconds(3));
  metrics.ReconcileDone("EvrocMachine", "wait", absl::Milliseconds(3));
  metrics.KubeRequestDone("patch", 409, absl::Milliseconds(20));
  metrics.KubeRequestDone("watch", 200, absl::Minutes(5));
  metrics.RpcDone("compute-service", "ApplyVirtualMachine",
                  absl::StatusCode::kResourceExhausted, absl::Seconds(1));
  metrics.WatchLost("network-service");
  metrics.SetLeader(true);
  const HttpEndpoint::Page page = MetricsPage({registry})("");
  for (const char* line :
       {R"(evroc_shim_reconciles_total{kind="EvrocMachine",outcome="done"} 1)",
        R"(evroc_shim_reconcile_seconds_count{kind="EvrocMachine"} 2)",
        R"(evroc_shim_kube_requests_total{code="409",verb="patch"} 1)",
        R"(evroc_shim_kube_requests_total{code="200",verb="watch"} 1)",
        R"(evroc_shim_watches_lost_total{service="network-service"} 1)",
        "evroc_shim_leader 1",
        R"(code="RESOURCE_EXHAUSTED",method="ApplyVirtualMachine",service=)",
        R"(evroc_shim_rpc_seconds_sum{method="ApplyVirtualMachine",)"}) {
    EXPECT_THAT(page.body, HasSubstr(line));
  }
  EXPECT_THAT(page.body, Not(HasSubstr("request_seconds_count{verb=\"watch")));
}

}  // namespace
}  // namespace evroc::shim
