// Compares an existing machine with its spec: somebody else may have changed it
// (docs/drift.md). Pure functions.

#ifndef SERVICES_COMPUTE_MACHINE_DRIFT_H_
#define SERVICES_COMPUTE_MACHINE_DRIFT_H_

#include <optional>
#include <string>

#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute.h"

namespace evroc::compute {

// `machine` with everything as in the spec that can change while it runs:
// labels, public IP and security groups.
cloud::VirtualMachine Repaired(const cloud::VirtualMachine& machine,
                               const MachineSpec& spec);

// Names of what Repaired() changes, for people; empty if nothing.
std::string Repairs(const cloud::VirtualMachine& machine,
                    const MachineSpec& spec);

// A field of the request, without its root, in which the machine differs and
// which can't change while it runs. Zone and subnet never change.
struct FixedDifference {
  std::string field;
  std::string is;
};
// The first of them. Unset fields mean the existing value.
std::optional<FixedDifference> FindFixedDifference(
    const cloud::VirtualMachine& machine, const MachineSpec& spec);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_DRIFT_H_
