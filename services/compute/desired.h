// Converts a spec to the desired cloud objects. Pure functions.

#ifndef SERVICES_COMPUTE_DESIRED_H_
#define SERVICES_COMPUTE_DESIRED_H_

#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute.h"

namespace evroc::compute {

// The label that makes a machine boot by UEFI (evroc-api.md B.5.2).
inline constexpr char kUefiLabel[] = "compute-experimental-features-UEFI";

cloud::Disk DesiredDisk(const MachineSpec& spec, const DiskSpec& disk);

// Has all disks of the spec.
cloud::VirtualMachine DesiredMachine(const MachineSpec& spec);

// The attachment that adds a disk to a running machine.
cloud::HotswapAttachment DesiredAttachment(const MachineSpec& spec,
                                           const DiskSpec& disk);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DESIRED_H_
