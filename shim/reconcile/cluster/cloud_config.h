// The configuration of Evroc's cloud controller manager and CSI driver in a
// workload cluster (evroc-api.md B.12), without their credentials. Pure
// functions.

#ifndef SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_H_
#define SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"

namespace evroc::shim {

// A ConfigMap takes a cluster's configuration only if it has this label with
// the EvrocCluster's name: nobody else's is overwritten, and no two clusters
// share one, since the one's programs would take the other's identifier.
inline constexpr absl::string_view kCloudConfigLabel =
    "infrastructure.cluster.x-k8s.io/evroc-cloud-config";
// The ConfigMap's key.
inline constexpr absl::string_view kCloudConfigKey = "evroc-cloud-config.yaml";

// Returns manifests for the workload cluster, as a ClusterResourceSet applies
// them: Namespace evroc-system, and in it ConfigMap evroc-cloud-config with the
// keys ccm.yaml and csi.yaml. INVALID_ARGUMENT, which names the field, if no
// organisation is known.
absl::StatusOr<std::string> CloudConfigManifests(
    const EvrocClusterObject& cluster,
    const network::v1::ClusterNetwork& network,
    const common::v1::CredentialCheck& check);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLOUD_CONFIG_H_
