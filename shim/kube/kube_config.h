// Loads the address of the Kubernetes API and the user to call it as, from a
// kubeconfig or from the program's pod. Thread-safe.

#ifndef SHIM_KUBE_KUBE_CONFIG_H_
#define SHIM_KUBE_KUBE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kubeconfig/kubeconfig.h"

namespace evroc::shim {

// The parts of the process's environment that matter; each may be empty.
struct KubeEnvironment {
  std::string kubeconfig;    // $KUBECONFIG: files, separated by ":"
  std::string service_host;  // $KUBERNETES_SERVICE_HOST
  std::string service_port;  // $KUBERNETES_SERVICE_PORT
  std::string home;          // $HOME
  std::string service_account_folder =
      "/var/run/secrets/kubernetes.io/serviceaccount";

  static KubeEnvironment OfProcess();
};

// Loads the first of: `path` (--kubeconfig), $KUBECONFIG, the pod's service
// account, ~/.kube/config. INVALID_ARGUMENT if it is invalid or there is none.
absl::StatusOr<Kubeconfig> LoadKubeConfig(
    const std::string& path,
    const KubeEnvironment& environment = KubeEnvironment::OfProcess());

// Parses a kubeconfig from a Secret. It is not trusted: INVALID_ARGUMENT if it
// names files or commands.
absl::StatusOr<Kubeconfig> ParseKubeConfig(absl::string_view bytes);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_CONFIG_H_
