// What of a request can be had, to measure a network with. Pure functions.

#ifndef SERVICES_NETWORK_SPEC_VALID_REQUEST_H_
#define SERVICES_NETWORK_SPEC_VALID_REQUEST_H_

#include <optional>

#include "evroc/network/v1/resources.pb.h"
#include "services/fields/reference.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// The request of `spec` without the parts that are refused. VPC, subnets,
// address, ports and backends are then as `measured` has them: what exists,
// described without a spec. Nothing if they are not known.
std::optional<NetworkSpec> ValidRequest(const NetworkSpec& spec,
                                        const v1::ClusterNetwork& measured,
                                        const cloud::Place& place);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SPEC_VALID_REQUEST_H_
