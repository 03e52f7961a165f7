// The metrics of a service's own API. Thread-safe.

#ifndef SERVICES_RPC_RPC_METRICS_H_
#define SERVICES_RPC_RPC_METRICS_H_

#include <string>

#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace evroc::cloud {

class RpcMetrics {
 public:
  // Registers its families; `registry` must outlive the metrics.
  explicit RpcMetrics(prometheus::Registry& registry);

  void CallDone(const std::string& method, const std::string& code,
                absl::Duration took);

  // Open Watches.
  prometheus::Gauge& watches() { return watches_; }

 private:
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& latency_;
  prometheus::Gauge& watches_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_RPC_METRICS_H_
