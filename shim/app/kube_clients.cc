#include "shim/app/kube_clients.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/status/status_macros.h"
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

}  // namespace

absl::StatusOr<KubeClients> MakeKubeClients(const ShimFlags& flags,
                                            ShimMetrics& metrics,
                                            Clock& clock) {
  EVROC_ASSIGN_OR_RETURN(const Kubeconfig config,
                         LoadKubeConfig(flags.kubeconfig));
  HttpKubeClientOptions options;
  options.transport.on_call = [&metrics](const HttpCall& call) {
    metrics.KubeRequestDone(VerbOf(call), CodeOf(call.code), call.took);
  };
  KubeClients clients;
  HttpKubeClientOptions for_lease = options;
  for_lease.transport.rate.per_second = 0;
  // A longer pause would cost the lease.
  for_lease.transport.rate.max_pause = flags.leader_elect_retry_period;
  EVROC_ASSIGN_OR_RETURN(clients.lease,
                         HttpKubeClient::Make(config, for_lease, clock));
  options.transport.rate = {.per_second = flags.kube_api_qps,
                            .burst = static_cast<double>(flags.kube_api_burst)};
  EVROC_ASSIGN_OR_RETURN(clients.objects,
                         HttpKubeClient::Make(config, options, clock));
  return clients;
}

}  // namespace evroc::shim
