#include "shim/diagnostics/queue_collector.h"

#include "common/server/metrics_page.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

TEST(QueueCollectorTest, ShowsTheQueues) {
  FakeClock clock;
  WorkQueue queue(clock);
  queue.Add({"default", "a"});
  queue.Add({"default", "b"});
  queue.AddAfter({"default", "c"}, absl::Seconds(1));
  clock.Advance(absl::Milliseconds(500));
  ASSERT_TRUE(queue.Get().has_value());
  const HttpEndpoint::Page page = MetricsPage({std::make_shared<QueueCollector>(
      std::map<std::string, const WorkQueue*>{{"EvrocCluster", &queue}})})("");
  for (const char* line :
       {R"(evroc_shim_queue_depth{kind="EvrocCluster"} 1)",
        R"(evroc_shim_queue_delayed{kind="EvrocCluster"} 1)",
        R"(evroc_shim_queue_processing{kind="EvrocCluster"} 1)",
        R"(evroc_shim_queue_adds_total{kind="EvrocCluster"} 2)",
        R"(evroc_shim_queue_wait_seconds_count{kind="EvrocCluster"} 1)",
        R"(evroc_shim_queue_wait_seconds_sum{kind="EvrocCluster"} 0.5)"}) {
    EXPECT_THAT(page.body, HasSubstr(line));
  }
}

}  // namespace
}  // namespace evroc::shim
