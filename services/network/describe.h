// From what exists to what is reported. Pure functions.

#ifndef SERVICES_NETWORK_DESCRIBE_H_
#define SERVICES_NETWORK_DESCRIBE_H_

#include <optional>
#include <string>

#include "evroc/network/v1/resources.pb.h"
#include "services/evroc/api/network_api.h"
#include "services/identity/owner.h"
#include "services/network/network_resources.h"
#include "services/network/network_spec.h"

namespace evroc::network {

// What is known of a network beside what exists.
struct NetworkHistory {
  // Where it is not known, states are judged by what exists alone, and the
  // fields of the spec are told by it as far as it says them.
  std::optional<NetworkSpec> spec;

  const NetworkSpec* spec_or_null() const {
    return spec.has_value() ? &*spec : nullptr;
  }
  bool deleting = false;  // its deletion was asked for
};

v1::ClusterNetwork DescribeNetwork(const NetworkResources& resources,
                                   const std::string& cluster_id,
                                   const NetworkHistory& history,
                                   const cloud::Capabilities& capabilities);

v1::PublicIp DescribeAddress(const cloud::Known<cloud::PublicIp>& address);

}  // namespace evroc::network

#endif  // SERVICES_NETWORK_DESCRIBE_H_
