// Makes the request to the network service from EvrocCluster.spec. Pure
// functions.

#ifndef SHIM_RECONCILE_CLUSTER_NETWORK_REQUEST_H_
#define SHIM_RECONCILE_CLUSTER_NETWORK_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/network/v1/resources.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/reconcile/backends.h"
#include "shim/reconcile/cluster/inline_groups.h"

namespace evroc::shim {

// The owner of a cluster's network. Its names are those of the request that
// made it; without a Cluster's name they are not known.
common::v1::Owner NetworkOwner(const EvrocClusterObject& cluster,
                               const std::string& cluster_id,
                               const std::string& cluster_name);

struct NetworkRequestInput {
  const EvrocClusterObject& cluster;
  std::string cluster_id;    // Owner.cluster_id
  std::string cluster_name;  // of the Cluster
  // The API servers' port, from the Cluster; 0: 6443.
  int api_server_port = 0;
  // Whether the cloud has zones.
  bool zones = true;
  // The blocks of pods and services, from the Cluster.
  std::vector<std::string> inner_blocks;
  // Behind the load balancer.
  Backends backends;
  // Created with the network.
  const InlineGroups& inline_groups;
};

// INVALID_ARGUMENT naming the field of the CRD that can't be asked for.
// `zones`: whether the cloud has zones.
absl::Status CheckNetworkRequest(const EvrocClusterObject& cluster, bool zones);

// What can be asked for: without subnets, which the network service refuses,
// where those of the spec can't be planned.
network::v1::ClusterNetwork MakeNetworkRequest(
    const NetworkRequestInput& input);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_NETWORK_REQUEST_H_
