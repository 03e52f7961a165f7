// The metrics of the cloud client: calls by route and code, latencies, bytes,
// token refreshes, waits for the rate limit. Thread-safe.

#ifndef SERVICES_EVROC_HTTP_CLOUD_METRICS_H_
#define SERVICES_EVROC_HTTP_CLOUD_METRICS_H_

#include <string>

#include "absl/time/time.h"
#include "common/http/observed_http_client.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace evroc::cloud {

class CloudMetrics {
 public:
  // Registers its families; `registry` must outlive the metrics.
  explicit CloudMetrics(prometheus::Registry& registry);

  void CallDone(const HttpCall& call);
  void TokenRefreshed(bool success);
  void LimiterWaited(absl::Duration duration);

 private:
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Counter>& bytes_;
  prometheus::Family<prometheus::Histogram>& latency_;
  prometheus::Family<prometheus::Counter>& refreshes_;
  prometheus::Counter& limiter_wait_seconds_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_CLOUD_METRICS_H_
