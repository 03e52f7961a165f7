// Describes a machine from the existing resources. Pure functions.

#ifndef SERVICES_COMPUTE_DESCRIBE_H_
#define SERVICES_COMPUTE_DESCRIBE_H_

#include <optional>

#include "evroc/compute/v1/resources.pb.h"
#include "services/compute/machine_resources.h"
#include "services/compute/machine_spec.h"
#include "services/identity/owner.h"

namespace evroc::compute {

// State of a machine that the cloud does not store.
struct MachineHistory {
  std::optional<MachineSpec> spec;  // if known
  bool provisioned = false;         // it has existed: it is not made again
  bool deleting = false;            // its deletion was requested
};

v1::VirtualMachine DescribeMachine(const MachineResources& resources,
                                   const cloud::OwnerKey& owner,
                                   const MachineHistory& history);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DESCRIBE_H_
