// Serves metrics in Prometheus' format. A pure function.

#ifndef COMMON_SERVER_METRICS_PAGE_H_
#define COMMON_SERVER_METRICS_PAGE_H_

#include <memory>
#include <vector>

#include "common/server/http_endpoint.h"
#include "prometheus/collectable.h"

namespace evroc {

// A page with the metrics of all `sources`, in the text format 0.0.4.
HttpEndpoint::Handler MetricsPage(
    std::vector<std::shared_ptr<prometheus::Collectable>> sources);

}  // namespace evroc

#endif  // COMMON_SERVER_METRICS_PAGE_H_
