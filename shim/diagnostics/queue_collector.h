// Exports metrics of the work queues to Prometheus: the numbers of due, delayed
// and active keys, how long keys waited, how often they were retried.
// Thread-safe.

#ifndef SHIM_DIAGNOSTICS_QUEUE_COLLECTOR_H_
#define SHIM_DIAGNOSTICS_QUEUE_COLLECTOR_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "shim/controller/work_queue.h"

namespace evroc::shim {

class QueueCollector : public prometheus::Collectable {
 public:
  // `queues` are by the kind of their objects, and must outlive this.
  explicit QueueCollector(std::map<std::string, const WorkQueue*> queues)
      : queues_(std::move(queues)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::map<std::string, const WorkQueue*> queues_;
};

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_QUEUE_COLLECTOR_H_
