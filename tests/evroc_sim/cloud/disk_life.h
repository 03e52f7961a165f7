// The life cycle of a disk (evroc-api.md B.5.3): Provisioning if it is blank or
// restored; the states of an import if it is made from an image, which wait
// (Pending) until a custom image is ready. Pure functions of the context.

#ifndef TESTS_EVROC_SIM_CLOUD_DISK_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_DISK_LIFE_H_

#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginDisk(Object& disk, LifeContext& context);
NextStep AdvanceDisk(Object& disk, LifeContext& context);
// The step after a change of the spec: a grown disk is not ready for a while.
NextStep DiskChanged(const Object& before, Object& disk, LifeContext& context);
// Sets the users of the disk, and how they use it.
void DeriveDiskUsage(Object& disk, const LifeContext& context);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_DISK_LIFE_H_
