#include "shim/node/workload_client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/status/status_macros.h"
#include "shim/kube/http_kube_client.h"
#include "shim/kube/kube_config.h"

namespace evroc::shim {
namespace {

HttpKubeClientOptions Options(std::shared_ptr<CurlLoop> loop) {
  HttpKubeClientOptions options;
  options.transport.loop = std::move(loop);
  // One repeat, for a connection that the server had closed; the pauses after
  // failures are the caller's.
  options.transport.retry.max_attempts = 2;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KubeClient>> MakeWorkloadClient(
    absl::string_view kubeconfig, std::shared_ptr<CurlLoop> loop,
    Clock& clock) {
  EVROC_ASSIGN_OR_RETURN(const Kubeconfig config, ParseKubeConfig(kubeconfig));
  if (config.insecure_skip_tls_verify) {
    return absl::InvalidArgumentError(
        "insecure-skip-tls-verify is not allowed: give the certificate "
        "authority");
  }
  if (!absl::StartsWithIgnoreCase(config.server, "https://")) {
    return absl::InvalidArgumentError("the server's URL is not https");
  }
  EVROC_ASSIGN_OR_RETURN(
      std::unique_ptr<HttpKubeClient> client,
      HttpKubeClient::Make(config, Options(std::move(loop)), clock));
  return client;
}

}  // namespace evroc::shim
