// What the fake network service says of a network: pure functions on the
// resource, after the rules of the real service.

#ifndef SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_
#define SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_

#include <string>

#include "absl/status/status.h"
#include "evroc/network/v1/resources.pb.h"

namespace evroc::shim {

// INVALID_ARGUMENT naming the field; UNIMPLEMENTED for a load balancer without
// `rest`.
absl::Status CheckDesiredFakeNetwork(const network::v1::ClusterNetwork& desired,
                                     bool rest);

// FAILED_PRECONDITION for what can't change once the endpoint exists.
absl::Status CheckFakeNetworkChange(const network::v1::ClusterNetwork& is,
                                    const network::v1::ClusterNetwork& desired);

// Replaces the desired state in `network`, and keeps what is observed.
void CopyDesiredFakeNetwork(const network::v1::ClusterNetwork& desired,
                            bool rest, network::v1::ClusterNetwork& network);

// Sets everything that follows from desired state and state: subnets, groups,
// zones, conditions and etag. Conditions that a test has set stay while it is
// FAILED.
void DescribeFakeNetwork(network::v1::ClusterNetwork& network);

// FAILED, with the condition `type` and Ready false.
void FailFakeNetwork(const std::string& type, const std::string& reason,
                     const std::string& message,
                     network::v1::ClusterNetwork& network);

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_
