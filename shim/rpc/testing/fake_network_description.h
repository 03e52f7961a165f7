// Describes networks for the fake network service, by the rules of the real
// service. Pure functions.

#ifndef SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_
#define SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_

#include <string>

#include "absl/status/status.h"
#include "evroc/network/v1/resources.pb.h"

namespace evroc::shim {

// OK, INVALID_ARGUMENT naming the fields, or UNIMPLEMENTED for what there is
// not without `rest`.
absl::Status CheckDesiredFakeNetwork(const network::v1::ClusterNetwork& desired,
                                     bool rest);

// FAILED_PRECONDITION for fields that can't change once the network exists.
absl::Status CheckFakeNetworkChange(const network::v1::ClusterNetwork& is,
                                    const network::v1::ClusterNetwork& desired,
                                    bool rest);

// Replaces the desired state in `network`, and keeps the observed fields.
void CopyDesiredFakeNetwork(const network::v1::ClusterNetwork& desired,
                            bool rest, network::v1::ClusterNetwork& network);

// Puts the members of `desired` behind the load balancer, as a refused request
// does too.
void SetFakeMembers(const network::v1::ClusterNetwork& desired,
                    network::v1::ClusterNetwork& network);

// Adds the subnets of `desired` that are not refused themselves, as a refused
// request does too.
void AddFakeSubnets(const network::v1::ClusterNetwork& desired, bool rest,
                    network::v1::ClusterNetwork& network);

// Derives subnets, groups, zones, conditions and etag from the desired state
// and `state`. Conditions that a test has set stay while it is FAILED.
void DescribeFakeNetwork(bool rest, network::v1::ClusterNetwork& network);

// Makes the network FAILED, with the condition `type` and Ready false.
void FailFakeNetwork(const std::string& type, const std::string& reason,
                     const std::string& message,
                     network::v1::ClusterNetwork& network);

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_NETWORK_DESCRIPTION_H_
