#include "shim/app/shim_flags.h"

#include <utility>

#include "common/status/status_macros.h"
#include "shim/app/service_address.h"

namespace evroc::shim {

void ShimFlags::AddTo(FlagSet& set) {
  set.Add("kubeconfig", &kubeconfig,
          "the management cluster; empty: $KUBECONFIG, else the pod's service "
          "account, else ~/.kube/config");
  set.Add("network-service", &network_service,
          "HOST:PORT or unix:PATH of network-service");
  set.Add("compute-service", &compute_service,
          "HOST:PORT or unix:PATH of compute-service");
  set.Add("namespace", &name_space,
          "only objects in this namespace; empty: all");
  set.Add("watch-filter", &watch_filter,
          "only objects whose label cluster.x-k8s.io/watch-filter has this "
          "value; empty: all");
  set.Add("leader-elect", &leader_elect,
          "work only while holding the Lease, so that several can run");
  set.Add("leader-elect-namespace", &leader_elect_namespace,
          "namespace of the Lease");
  set.Add("leader-elect-name", &leader_elect_name, "name of the Lease");
  set.Add("leader-elect-lease-duration", &leader_elect_lease_duration,
          "for how long a Lease that is not renewed counts");
  set.Add("leader-elect-renew-deadline", &leader_elect_renew_deadline,
          "a leader that could not renew for so long stops");
  set.Add("leader-elect-retry-period", &leader_elect_retry_period,
          "between attempts to get or renew the Lease");
  set.Add("sync-period", &sync_period,
          "every object is reconciled again after about this time");
  set.Add("watch-silence", &watch_silence,
          "a watch of the Kubernetes API that brings nothing for so long is "
          "given up, and its objects are listed");
  set.Add("not-ready-after", &not_ready_after,
          "/readyz fails when the Kubernetes API, a watch or a service has "
          "failed for so long");
  set.Add("reference-interval", &reference_interval,
          "between looks for what a cluster refers to and is not there");
  set.Add("kube-api-qps", &kube_api_qps,
          "requests to the management cluster per second");
  set.Add("kube-api-burst", &kube_api_burst,
          "requests to the management cluster at once");
  set.Add("evroccluster-concurrency", &cluster_concurrency,
          "EvrocClusters that are reconciled at once");
  set.Add("evrocmachine-concurrency", &machine_concurrency,
          "EvrocMachines that are reconciled at once");
  set.Add("evrocmachinetemplate-concurrency", &template_concurrency,
          "EvrocMachineTemplates that are reconciled at once");
  set.Add("provisioning-timeout", &provisioning_timeout,
          "a machine that waits so long for room in its zone, or for its "
          "image's import to begin, has failed; 0: never");
  set.Add("retry-interval", &retry_interval,
          "between tries of what a person has to repair: a Secret, a field, a "
          "right, a quota");
  set.Add("stale-after", &stale_after,
          "a cloud that has not answered for so long is told in the condition "
          "CloudReachable");
  set.Add("listen", &health_addr,
          "HOST:PORT for /healthz, /livez and /readyz; port 0 is any");
  set.Add("health-addr", &health_addr,
          "the same by the name that Cluster API's managers have for it");
  set.Add("diagnostics-address", &diagnostics_address,
          "HOST:PORT for Prometheus metrics at /metrics; empty: none");
  set.Add("v", &verbosity, "log more: 1 retries, 2 every wait");
}

absl::Status ShimFlags::Check() const {
  EVROC_RETURN_IF_ERROR(
      CheckServiceAddress("network-service", network_service));
  EVROC_RETURN_IF_ERROR(
      CheckServiceAddress("compute-service", compute_service));
  if (leader_elect_retry_period <= absl::ZeroDuration() ||
      leader_elect_renew_deadline <= leader_elect_retry_period ||
      leader_elect_lease_duration <= leader_elect_renew_deadline) {
    return BadFlag("leader-elect-lease-duration",
                   "must be more than --leader-elect-renew-deadline, and that "
                   "more than --leader-elect-retry-period");
  }
  for (const auto& [flag, count] :
       {std::pair<const char*, int>("evroccluster-concurrency",
                                    cluster_concurrency),
        {"evrocmachine-concurrency", machine_concurrency},
        {"evrocmachinetemplate-concurrency", template_concurrency},
        {"kube-api-burst", kube_api_burst}}) {
    if (count < 1 || count > 1000) return BadFlag(flag, "is not 1 to 1000");
  }
  for (const auto& [flag, duration] :
       {std::pair<const char*, absl::Duration>("sync-period", sync_period),
        {"reference-interval", reference_interval},
        {"watch-silence", watch_silence},
        {"not-ready-after", not_ready_after},
        {"retry-interval", retry_interval},
        {"stale-after", stale_after}}) {
    if (duration < absl::Seconds(1)) {
      return BadFlag(flag, "is less than a second");
    }
  }
  if (provisioning_timeout < absl::ZeroDuration()) {
    return BadFlag("provisioning-timeout", "is below 0");
  }
  return absl::OkStatus();
}

}  // namespace evroc::shim
