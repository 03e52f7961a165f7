// One response of a service's Watch, in a form common to both services. A value
// that refers to the response.

#ifndef SHIM_RPC_CLOUD_EVENT_H_
#define SHIM_RPC_CLOUD_EVENT_H_

#include <string>

#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/network/v1/network_service.pb.h"

namespace evroc::shim {

struct CloudEvent {
  enum class Type { kUnknown, kReset, kChanged, kDeleted, kSynced };

  Type type = Type::kUnknown;
  const std::string& cursor;
  // For a change or deletion exactly one is set; the others are null.
  const network::v1::ClusterNetwork* network = nullptr;
  const network::v1::PublicIp* address = nullptr;
  const compute::v1::VirtualMachine* machine = nullptr;

  // The resource's owner; null without a resource.
  const common::v1::Owner* owner() const;
};

// `response` must outlive the event.
CloudEvent EventOf(const network::v1::WatchResponse& response);
CloudEvent EventOf(const compute::v1::WatchResponse& response);

}  // namespace evroc::shim

#endif  // SHIM_RPC_CLOUD_EVENT_H_
