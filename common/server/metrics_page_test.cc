#include "common/server/metrics_page.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

namespace evroc {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<prometheus::Registry> CounterNamed(const std::string& name) {
  auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter()
      .Name(name)
      .Register(*registry)
      .Add({{"kind", "a"}})
      .Increment(3);
  return registry;
}

TEST(MetricsPageTest, ShowsAllSources) {
  const HttpEndpoint::Page page =
      MetricsPage({CounterNamed("first"), CounterNamed("second")})("");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("first{kind=\"a\"} 3"));
  EXPECT_THAT(page.body, HasSubstr("second{kind=\"a\"} 3"));
}

}  // namespace
}  // namespace evroc
