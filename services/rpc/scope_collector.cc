#include "services/rpc/scope_collector.h"

#include <algorithm>

namespace evroc::cloud {
namespace {

prometheus::MetricFamily Gauge(const char* name, const char* help,
                               double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {.name = name,
          .help = help,
          .type = prometheus::MetricType::Gauge,
          .metric = {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> ScopeCollector::Collect() const {
  const std::vector<absl::Time> times = confirmed_();
  const absl::Time now = clock_.Now();
  absl::Duration oldest;
  for (const absl::Time time : times) {
    if (time == absl::InfiniteFuture() || time == absl::Time()) continue;
    oldest = std::max(oldest, now - time);
  }
  return {Gauge("evroc_scopes",
                "Scopes (credential, project, region) that are kept.",
                static_cast<double>(times.size())),
          Gauge("evroc_inventory_age_seconds",
                "Since the cloud last confirmed what is known, of the watched "
                "scope where that is longest ago.",
                absl::ToDoubleSeconds(oldest))};
}

}  // namespace evroc::cloud
