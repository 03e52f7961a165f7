// The lives of disks, snapshots, hotswap attachments and placement groups
// (evroc-api.md B.5.3 to B.5.6). Pure functions of the context.

#ifndef TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_

#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginStorageObject(Object& object, LifeContext& context);
NextStep AdvanceStorageObject(Object& object, LifeContext& context);
// After a change of the spec: a disk that has grown is made anew for a while.
NextStep StorageObjectChanged(const Object& before, Object& object,
                              LifeContext& context);
// What follows from phase, spec and neighbours.
void DeriveStorageStatus(Object& object, const LifeContext& context);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
