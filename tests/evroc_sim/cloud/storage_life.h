// The life cycles of disks, snapshots, hotswap attachments, placement groups,
// custom images, buckets and their accounts (evroc-api.md B.5.3 to B.5.6,
// B.5.8, B.11). Pure functions of the context.

#ifndef TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_

#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginStorageObject(Object& object, LifeContext& context);
NextStep AdvanceStorageObject(Object& object, LifeContext& context);
// The step after a change of the spec.
NextStep StorageObjectChanged(const Object& before, Object& object,
                              LifeContext& context);
// Sets the status that depends on phase, spec and related objects.
void DeriveStorageStatus(Object& object, const LifeContext& context);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_STORAGE_LIFE_H_
