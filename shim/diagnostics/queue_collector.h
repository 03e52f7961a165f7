// Tells Prometheus how the work queues are: how many keys are due, delayed and
// being worked on, how long keys waited, how often they were tried again.
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
  // The queues by the kind of their objects; they must outlive this.
  explicit QueueCollector(std::map<std::string, const WorkQueue*> queues)
      : queues_(std::move(queues)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::map<std::string, const WorkQueue*> queues_;
};

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_QUEUE_COLLECTOR_H_
