#include "shim/diagnostics/shim_metrics.h"

#include "absl/strings/str_cat.h"

namespace evroc::shim {
namespace {

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto* const bounds = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *bounds;
}

prometheus::Family<prometheus::Counter>& Counters(
    const std::string& name, const std::string& help,
    prometheus::Registry& registry) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Histogram>& Histograms(
    const std::string& name, const std::string& help,
    prometheus::Registry& registry) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

void Observe(prometheus::Family<prometheus::Histogram>& family,
             const prometheus::Labels& labels, absl::Duration took) {
  family.Add(labels, Seconds()).Observe(absl::ToDoubleSeconds(took));
}

}  // namespace

ShimMetrics::ShimMetrics(prometheus::Registry& registry)
    : reconciles_(Counters("evroc_shim_reconciles_total",
                           "Reconciles by kind and outcome.", registry)),
      reconcile_seconds_(Histograms("evroc_shim_reconcile_seconds",
                                    "How long reconciles took.", registry)),
      kube_requests_(Counters("evroc_shim_kube_requests_total",
                              "Kubernetes API requests by verb and HTTP "
                              "status; 0 is no answer.",
                              registry)),
      kube_seconds_(Histograms("evroc_shim_kube_request_seconds",
                               "How long Kubernetes API requests took.",
                               registry)),
      rpcs_(Counters("evroc_shim_rpcs_total",
                     "Calls of the services by method and code.", registry)),
      rpc_seconds_(Histograms("evroc_shim_rpc_seconds",
                              "How long calls of the services took.",
                              registry)),
      watches_lost_(Counters("evroc_shim_watches_lost_total",
                             "Watches of the services that ended and were "
                             "opened again.",
                             registry)),
      warnings_(Counters("evroc_shim_warnings_total",
                         "Warnings about objects by kind and reason, such as "
                         "WriteRefused and CloudUnreachable.",
                         registry)),
      leader_(prometheus::BuildGauge()
                  .Name("evroc_shim_leader")
                  .Help("1 while this program leads, and so may write.")
                  .Register(registry)
                  .Add({})) {}

void ShimMetrics::ReconcileDone(absl::string_view kind,
                                absl::string_view outcome,
                                absl::Duration took) {
  const std::string of(kind);
  reconciles_.Add({{"kind", of}, {"outcome", std::string(outcome)}})
      .Increment();
  Observe(reconcile_seconds_, {{"kind", of}}, took);
}

void ShimMetrics::KubeRequestDone(absl::string_view verb, int code,
                                  absl::Duration took) {
  const std::string of(verb);
  kube_requests_.Add({{"verb", of}, {"code", absl::StrCat(code)}}).Increment();
  // The duration of a watch is no latency.
  if (verb != "watch") Observe(kube_seconds_, {{"verb", of}}, took);
}

void ShimMetrics::RpcDone(absl::string_view service, absl::string_view method,
                          absl::StatusCode code, absl::Duration took) {
  const prometheus::Labels labels = {{"service", std::string(service)},
                                     {"method", std::string(method)}};
  prometheus::Labels with_code = labels;
  with_code["code"] = absl::StatusCodeToString(code);
  rpcs_.Add(with_code).Increment();
  Observe(rpc_seconds_, labels, took);
}

void ShimMetrics::WatchLost(absl::string_view service) {
  watches_lost_.Add({{"service", std::string(service)}}).Increment();
}

void ShimMetrics::Warned(absl::string_view kind, absl::string_view reason) {
  warnings_.Add({{"kind", std::string(kind)}, {"reason", std::string(reason)}})
      .Increment();
}

void ShimMetrics::SetLeader(bool leads) { leader_.Set(leads ? 1 : 0); }

}  // namespace evroc::shim
