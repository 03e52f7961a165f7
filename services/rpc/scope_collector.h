// Exports metrics of a service's scopes: their number, and how long ago the
// cloud last confirmed the state of the watched ones. Thread-safe.

#ifndef SERVICES_RPC_SCOPE_COLLECTOR_H_
#define SERVICES_RPC_SCOPE_COLLECTOR_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace evroc::cloud {

class ScopeCollector : public prometheus::Collectable {
 public:
  // Returns for each scope when the cloud last confirmed it; the infinite
  // future if it is not watched. `clock` must outlive this.
  using Confirmed = std::function<std::vector<absl::Time>()>;
  ScopeCollector(Confirmed confirmed, Clock& clock)
      : confirmed_(std::move(confirmed)), clock_(clock) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Confirmed confirmed_;
  Clock& clock_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_SCOPE_COLLECTOR_H_
