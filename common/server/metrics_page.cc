#include "common/server/metrics_page.h"

#include <iterator>
#include <utility>

#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace evroc {

HttpEndpoint::Handler MetricsPage(
    std::vector<std::shared_ptr<prometheus::Collectable>> sources) {
  return [sources = std::move(sources)](absl::string_view /*query*/) {
    std::vector<prometheus::MetricFamily> families;
    for (const auto& source : sources) {
      std::vector<prometheus::MetricFamily> some = source->Collect();
      std::move(some.begin(), some.end(), std::back_inserter(families));
    }
    return HttpEndpoint::Page{
        .content_type = "text/plain; version=0.0.4; charset=utf-8",
        .body = prometheus::TextSerializer().Serialize(families)};
  };
}

}  // namespace evroc
