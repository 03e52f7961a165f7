// Serves metrics in Prometheus' format. A pure function.

#ifndef SHIM_DIAGNOSTICS_METRICS_PAGE_H_
#define SHIM_DIAGNOSTICS_METRICS_PAGE_H_

#include <memory>
#include <vector>

#include "prometheus/collectable.h"
#include "shim/diagnostics/http_endpoint.h"

namespace evroc::shim {

// A page with the metrics of all `sources`, in the text format 0.0.4.
HttpEndpoint::Handler MetricsPage(
    std::vector<std::shared_ptr<prometheus::Collectable>> sources);

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_METRICS_PAGE_H_
