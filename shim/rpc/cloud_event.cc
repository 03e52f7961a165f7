#include "shim/rpc/cloud_event.h"

namespace evroc::shim {
namespace {

template <typename Response>
CloudEvent::Type TypeOf(const Response& response) {
  switch (response.type()) {
    case Response::TYPE_RESET:
      return CloudEvent::Type::kReset;
    case Response::TYPE_CHANGED:
      return CloudEvent::Type::kChanged;
    case Response::TYPE_DELETED:
      return CloudEvent::Type::kDeleted;
    case Response::TYPE_SYNCED:
      return CloudEvent::Type::kSynced;
    default:
      return CloudEvent::Type::kUnknown;
  }
}

}  // namespace

const common::v1::Owner* CloudEvent::owner() const {
  if (network != nullptr) return &network->owner();
  if (address != nullptr) return &address->owner();
  return machine != nullptr ? &machine->owner() : nullptr;
}

CloudEvent EventOf(const network::v1::WatchResponse& response) {
  CloudEvent event{.type = TypeOf(response), .cursor = response.cursor()};
  if (response.has_cluster_network()) {
    event.network = &response.cluster_network();
  } else if (response.has_public_ip()) {
    event.address = &response.public_ip();
  }
  return event;
}

CloudEvent EventOf(const compute::v1::WatchResponse& response) {
  CloudEvent event{.type = TypeOf(response), .cursor = response.cursor()};
  if (response.has_virtual_machine()) {
    event.machine = &response.virtual_machine();
  }
  return event;
}

}  // namespace evroc::shim
