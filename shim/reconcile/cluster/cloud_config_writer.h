// Keeps the ConfigMap that hands out the configuration of the cloud's programs
// in a workload cluster (spec.cloudConfig). Thread-safe.

#ifndef SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_WRITER_H_
#define SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_WRITER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/kube/kube_client.h"

namespace evroc::shim {

// The condition that says how far it is.
inline constexpr absl::string_view kCloudConfigReady = "CloudConfigReady";

class CloudConfigWriter {
 public:
  // Both must outlive this.
  CloudConfigWriter(KubeClient& kube, WallClock clock)
      : kube_(kube), clock_(clock) {}

  // Writes the configuration into the ConfigMap if it is not there yet, and
  // sets the condition in `status`; removes it where nothing is to be handed
  // out. A ConfigMap that does not exist is not created, and one without
  // kCloudConfigLabel not changed. While the Kubernetes API is busy or away the
  // condition stays as it is. Returns the error, whichever it is: no event
  // comes when it is over.
  absl::Status Write(const CallContext& context,
                     const EvrocClusterObject& cluster,
                     const network::v1::ClusterNetwork& network,
                     const common::v1::CredentialCheck& check,
                     EvrocClusterStatus& status);

 private:
  absl::Status WriteConfigMap(const CallContext& context,
                              const EvrocClusterObject& cluster,
                              const std::string& manifests);

  KubeClient& kube_;
  const WallClock clock_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_WRITER_H_
