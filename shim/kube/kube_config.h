// Where the Kubernetes API is, and as whom it is called: from a kubeconfig, or
// from the pod that the program runs in.

#ifndef SHIM_KUBE_KUBE_CONFIG_H_
#define SHIM_KUBE_KUBE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kubeconfig/kubeconfig.h"

namespace evroc::shim {

// What of the process decides; each may be empty.
struct KubeEnvironment {
  std::string kubeconfig;    // $KUBECONFIG: files, separated by ":"
  std::string service_host;  // $KUBERNETES_SERVICE_HOST
  std::string service_port;  // $KUBERNETES_SERVICE_PORT
  std::string home;          // $HOME
  std::string service_account_folder =
      "/var/run/secrets/kubernetes.io/serviceaccount";

  static KubeEnvironment OfProcess();
};

// The first of: `path` (--kubeconfig), $KUBECONFIG, the pod's service account,
// ~/.kube/config. INVALID_ARGUMENT saying what is wrong, or that there is none.
absl::StatusOr<Kubeconfig> LoadKubeConfig(
    const std::string& path,
    const KubeEnvironment& environment = KubeEnvironment::OfProcess());

// A kubeconfig out of a Secret: from somebody else, so that what names files or
// commands is INVALID_ARGUMENT.
absl::StatusOr<Kubeconfig> ParseKubeConfig(absl::string_view bytes);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_CONFIG_H_
