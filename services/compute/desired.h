// From a spec to the cloud objects that fulfil it. Pure functions.

#ifndef SERVICES_COMPUTE_DESIRED_H_
#define SERVICES_COMPUTE_DESIRED_H_

#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute.h"

namespace evroc::compute {

cloud::Disk DesiredDisk(const MachineSpec& spec, const DiskSpec& disk);

// With all disks that the spec has now.
cloud::VirtualMachine DesiredMachine(const MachineSpec& spec);

// What gives a disk to a machine that runs.
cloud::HotswapAttachment DesiredAttachment(const MachineSpec& spec,
                                           const DiskSpec& disk);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DESIRED_H_
