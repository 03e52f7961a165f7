// Describes a network from the existing resources. Pure functions.

#ifndef SERVICES_NETWORK_DESCRIBE_H_
#define SERVICES_NETWORK_DESCRIBE_H_

#include <optional>
#include <string>

#include "evroc/network/v1/resources.pb.h"
#include "services/evroc/api/network_api.h"
#include "services/identity/owner.h"
#include "services/network/network_resources.h"
#include "services/network/spec/network_spec.h"

namespace evroc::network {

// State of a network that the cloud does not store.
struct NetworkHistory {
  // If unset, states are derived from the existing objects alone, and so are
  // the fields of the spec, as far as possible.
  std::optional<NetworkSpec> spec;

  const NetworkSpec* spec_or_null() const {
    return spec.has_value() ? &*spec : nullptr;
  }
  bool deleting = false;  // its deletion was requested
  // Why the last Apply could not keep all security groups; empty: it could.
  std::string blocked_groups;
};

v1::ClusterNetwork DescribeNetwork(const NetworkResources& resources,
                                   const std::string& cluster_id,
                                   const NetworkHistory& history,
                                   const cloud::Capabilities& capabilities);

v1::PublicIp DescribeAddress(const cloud::Known<cloud::PublicIp>& address);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DESCRIBE_H_
