#include "shim/app/kube_clients.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/status/status_macros.h"
#include "shim/app/reloading_kube_client.h"
#include "shim/kube/http_kube_client.h"
#include "shim/kube/kube_config.h"

namespace evroc::shim {
namespace {

// The verb by Kubernetes' own name, as in its audit log.
absl::string_view VerbOf(const HttpCall& call) {
  if (call.method == "POST") return "create";
  if (call.method == "PUT") return "update";
  if (call.method == "PATCH") return "patch";
  if (absl::EndsWith(call.route, "?watch")) return "watch";
  return absl::StrContains(call.route, "{name}") ? "get" : "list";
}

int CodeOf(const std::string& code) {
  int number = 0;
  return absl::SimpleAtoi(code, &number) ? number : 0;
}

absl::StatusOr<std::unique_ptr<KubeClient>> MakeClient(
    const std::string& kubeconfig, const HttpKubeClientOptions& options,
    Clock& clock) {
  using Client = absl::StatusOr<std::unique_ptr<KubeClient>>;
  return ReloadingKubeClient::Make(
      [kubeconfig, environment = KubeEnvironment::OfProcess()] {
        return LoadKubeConfig(kubeconfig, environment);
      },
      [options, &clock](const Kubeconfig& config) -> Client {
        return HttpKubeClient::Make(config, options, clock);
      },
      clock);
}

}  // namespace

absl::StatusOr<KubeClients> MakeKubeClients(const ShimFlags& flags,
                                            ShimMetrics& metrics,
                                            Clock& clock) {
  HttpKubeClientOptions options;
  options.max_silence = flags.watch_silence;
  options.transport.on_call = [&metrics](const HttpCall& call) {
    metrics.KubeRequestDone(VerbOf(call), CodeOf(call.code), call.took);
  };
  KubeClients clients;
  HttpKubeClientOptions for_lease = options;
  for_lease.transport.rate.per_second = 0;
  // A longer pause would cost the lease.
  for_lease.transport.rate.max_pause = flags.leader_elect_retry_period;
  EVROC_ASSIGN_OR_RETURN(clients.lease,
                         MakeClient(flags.kubeconfig, for_lease, clock));
  options.transport.rate = {.per_second = flags.kube_api_qps,
                            .burst = static_cast<double>(flags.kube_api_burst)};
  EVROC_ASSIGN_OR_RETURN(clients.objects,
                         MakeClient(flags.kubeconfig, options, clock));
  return clients;
}

}  // namespace evroc::shim
