// Cluster API's own objects, as far as the shim reads them
// (cluster-api-contract.md section 9). Values.

#ifndef SHIM_CACHE_CORE_OBJECTS_H_
#define SHIM_CACHE_CORE_OBJECTS_H_

#include <string>
#include <vector>

#include "common/json/json.h"
#include "common/text/interned_string.h"
#include "shim/cache/object_meta.h"

namespace evroc::shim {

// cluster.x-k8s.io/v1beta2 Cluster.
struct ClusterObject {
  ObjectMeta meta;
  bool paused = false;  // spec.paused
  // spec.infrastructureRef, in the cluster's own namespace.
  InternedString infrastructure_kind;
  InternedString infrastructure_name;
  // spec.clusterNetwork.apiServerPort, where the API servers listen; 0: not
  // set.
  int api_server_port = 0;
  // spec.clusterNetwork: the blocks of pods and services.
  std::vector<std::string> inner_blocks;
  bool infrastructure_provisioned = false;
  bool control_plane_initialized = false;

  friend bool operator==(const ClusterObject&, const ClusterObject&) = default;
};
ClusterObject DecodeCluster(JsonView object);

// cluster.x-k8s.io/v1beta2 Machine.
struct MachineObject {
  ObjectMeta meta;
  InternedString cluster_name;  // spec.clusterName
  InternedString failure_domain;
  InternedString data_secret_name;  // spec.bootstrap.dataSecretName
  InternedString infrastructure_kind;
  InternedString infrastructure_name;
  // The labels cluster.x-k8s.io/deployment-name and set-name, empty if there
  // are none.
  InternedString deployment_name;
  InternedString set_name;
  // Whether its conditions say that it, or its Node, is not ready or healthy:
  // the Node may be gone, or have registered again.
  bool node_in_doubt = false;

  friend bool operator==(const MachineObject&, const MachineObject&) = default;
};
MachineObject DecodeMachine(JsonView object);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_CORE_OBJECTS_H_
