// From a wish to the cloud objects that fulfil it. Pure functions.

#ifndef SERVICES_COMPUTE_DESIRED_H_
#define SERVICES_COMPUTE_DESIRED_H_

#include "services/compute/wish.h"
#include "services/evroc/api/compute.h"

namespace evroc::compute {

cloud::Disk DesiredDisk(const MachineWish& wish, const DiskWish& disk);

// With all disks that the wish has now.
cloud::VirtualMachine DesiredMachine(const MachineWish& wish);

// What gives a disk to a machine that runs.
cloud::HotswapAttachment DesiredAttachment(const MachineWish& wish,
                                           const DiskWish& disk);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DESIRED_H_
