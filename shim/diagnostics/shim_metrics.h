// The shim's metrics of its own work. Thread-safe.

#ifndef SHIM_DIAGNOSTICS_SHIM_METRICS_H_
#define SHIM_DIAGNOSTICS_SHIM_METRICS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace evroc::shim {

class ShimMetrics {
 public:
  // Registers its families; `registry` must outlive the metrics.
  explicit ShimMetrics(prometheus::Registry& registry);

  // One reconcile. `kind`: "EvrocMachine"; `outcome`: one of a few words,
  // "done", "wait", "retry", "error".
  void ReconcileDone(absl::string_view kind, absl::string_view outcome,
                     absl::Duration took);

  // One request to the Kubernetes API of the management or a workload cluster.
  // `verb`: "get", "list", "watch", "create", "update", "patch", "delete";
  // `code`: the HTTP status, 0 without an answer.
  void KubeRequestDone(absl::string_view verb, int code, absl::Duration took);

  // One call of a service: ServiceChannel::OnCall.
  void RpcDone(absl::string_view service, absl::string_view method,
               absl::StatusCode code, absl::Duration took);

  // A Watch ended and will be opened again: CloudWatcher's `on_lost`.
  void WatchLost(absl::string_view service);

  // A warning about an object of that kind. `reason`: that of its event, such
  // as "WriteRefused" or "CloudUnreachable".
  void Warned(absl::string_view kind, absl::string_view reason);

  // Whether this shim leads, and so may write.
  void SetLeader(bool leads);

 private:
  prometheus::Family<prometheus::Counter>& reconciles_;
  prometheus::Family<prometheus::Histogram>& reconcile_seconds_;
  prometheus::Family<prometheus::Counter>& kube_requests_;
  prometheus::Family<prometheus::Histogram>& kube_seconds_;
  prometheus::Family<prometheus::Counter>& rpcs_;
  prometheus::Family<prometheus::Histogram>& rpc_seconds_;
  prometheus::Family<prometheus::Counter>& watches_lost_;
  prometheus::Family<prometheus::Counter>& warnings_;
  prometheus::Gauge& leader_;
};

}  // namespace evroc::shim

#endif  // SHIM_DIAGNOSTICS_SHIM_METRICS_H_
