// The lives of disks, snapshots, hotswap attachments and placement groups
// (evroc-api.md B.5.3 to B.5.6). Pure functions of the world.

#ifndef TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_

#include "tests/evroc_sim/cloud/world.h"

namespace evroc::sim {

NextStep BeginStorageObject(Object& object, World& world);
NextStep AdvanceStorageObject(Object& object, World& world);
// After a change of the spec: a disk that has grown is made anew for a while.
NextStep StorageObjectChanged(const Object& before, Object& object,
                              World& world);
// What follows from phase, spec and neighbours.
void DeriveStorageStatus(Object& object, const World& world);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
