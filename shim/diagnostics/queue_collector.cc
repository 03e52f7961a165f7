#include "shim/diagnostics/queue_collector.h"

#include "absl/time/time.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace evroc::shim {
namespace {

using Stats = WorkQueue::Stats;
using prometheus::MetricType;

struct Measure {
  const char* name;
  const char* help;
  MetricType type;
  double (*value)(const Stats&);
};

constexpr Measure kMeasures[] = {
    {"evroc_shim_queue_depth", "Keys that are due and have no worker yet.",
     MetricType::Gauge,
     [](const Stats& stats) { return static_cast<double>(stats.depth); }},
    {"evroc_shim_queue_delayed", "Keys that are due later.", MetricType::Gauge,
     [](const Stats& stats) { return static_cast<double>(stats.delayed); }},
    {"evroc_shim_queue_processing", "Keys that a worker has.",
     MetricType::Gauge,
     [](const Stats& stats) { return static_cast<double>(stats.processing); }},
    {"evroc_shim_queue_longest_processing_seconds",
     "How long the slowest worker has had its key.", MetricType::Gauge,
     [](const Stats& stats) {
       return absl::ToDoubleSeconds(stats.longest_processing);
     }},
    {"evroc_shim_queue_adds_total", "Keys that became due.",
     MetricType::Counter,
     [](const Stats& stats) { return static_cast<double>(stats.adds); }},
    {"evroc_shim_queue_retries_total", "Keys put off after an error.",
     MetricType::Counter,
     [](const Stats& stats) { return static_cast<double>(stats.retries); }},
};

prometheus::ClientMetric MetricOf(const Measure& measure,
                                  const std::string& kind, const Stats& stats) {
  prometheus::ClientMetric metric;
  metric.label = {{"kind", kind}};
  if (measure.type == MetricType::Gauge) {
    metric.gauge.value = measure.value(stats);
  } else {
    metric.counter.value = measure.value(stats);
  }
  return metric;
}

prometheus::ClientMetric WaitOf(const std::string& kind, const Stats& stats) {
  prometheus::ClientMetric metric;
  metric.label = {{"kind", kind}};
  metric.summary.sample_count = stats.taken;
  metric.summary.sample_sum = absl::ToDoubleSeconds(stats.waited);
  return metric;
}

}  // namespace

std::vector<prometheus::MetricFamily> QueueCollector::Collect() const {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(std::size(kMeasures) + 1);
  for (const Measure& measure : kMeasures) {
    families.push_back({measure.name, measure.help, measure.type, {}});
  }
  families.push_back({"evroc_shim_queue_wait_seconds",
                      "How long keys were due before a worker had them.",
                      MetricType::Summary,
                      {}});
  for (const auto& [kind, queue] : queues_) {
    const Stats stats = queue->stats();
    for (size_t i = 0; i < std::size(kMeasures); ++i) {
      families[i].metric.push_back(MetricOf(kMeasures[i], kind, stats));
    }
    families.back().metric.push_back(WaitOf(kind, stats));
  }
  return families;
}

}  // namespace evroc::shim
