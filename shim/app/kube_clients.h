// The clients of the management cluster: one for objects, and one for the Lease
// only, so that a busy object client does not delay its renewal. Both follow
// their kubeconfig (ReloadingKubeClient). The clients are thread-safe.

#ifndef SHIM_APP_KUBE_CLIENTS_H_
#define SHIM_APP_KUBE_CLIENTS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/time/clock.h"
#include "shim/app/shim_flags.h"
#include "shim/diagnostics/shim_metrics.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

struct KubeClients {
  std::unique_ptr<KubeClient> objects;
  std::unique_ptr<KubeClient> lease;
};

// Makes both clients and calls nothing yet. Fails as LoadKubeConfig and
// HttpKubeClient::Make do. `metrics` and `clock` must outlive the clients.
absl::StatusOr<KubeClients> MakeKubeClients(const ShimFlags& flags,
                                            ShimMetrics& metrics, Clock& clock);

}  // namespace evroc::shim

#endif  // SHIM_APP_KUBE_CLIENTS_H_
