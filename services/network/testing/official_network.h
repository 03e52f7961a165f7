// What Evroc's official provider has made of a cluster's network: its SDK's
// requests with the cloud's defaults (evroc-api.md B.6 and B.7), decoded as the
// REST API's answers are.

#ifndef SERVICES_NETWORK_TESTING_OFFICIAL_NETWORK_H_
#define SERVICES_NETWORK_TESTING_OFFICIAL_NETWORK_H_

#include "evroc/common/v1/take_over.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "services/evroc/testing/fake_network_api.h"

namespace evroc::network {

// Makes the network of the cluster "c1", called "prod", with the prefix
// "prod-0123abcd", in the default VPC, settled: ports 6443 and 9345, the
// backends "cp-0" and "cp-1", the cluster's group "nodes", and of the machine
// "worker-0", whose id is "m1", the group "web" and a public IP. Beside it, the
// endpoint's public IP and a group of another cluster.
void MakeOfficialNetwork(cloud::FakeNetworkApi& api);

// Whose that is, for a request about the network or about the machine.
common::v1::PreviousOwner OfficialOwner();

// The request for the same network.
v1::ClusterNetwork OfficialRequest();

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_TESTING_OFFICIAL_NETWORK_H_
