// Finds the blocks of a cluster's pods and services that overlap its subnets or
// each other. Pure functions.

#ifndef SERVICES_NETWORK_SPEC_INNER_BLOCKS_H_
#define SERVICES_NETWORK_SPEC_INNER_BLOCKS_H_

#include <optional>
#include <string>
#include <vector>

#include "services/evroc/api/networking.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// The first overlap, if there is any: of an inner block with another one, a
// requested subnet or an existing one. For people: "10.0.0.0/8 overlaps subnet
// net, 10.0.1.0/24".
std::optional<std::string> FindInnerOverlap(
    const NetworkSpec& spec, const std::vector<cloud::Subnet>& existing);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_SPEC_INNER_BLOCKS_H_
