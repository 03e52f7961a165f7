// Which objects are at rest: nothing is known that is to be done for them. They
// are looked at after all others where many come up at once, as after a start.

#ifndef SHIM_RECONCILE_SETTLED_H_
#define SHIM_RECONCILE_SETTLED_H_

#include "shim/controller/work_queue.h"

namespace evroc::shim {

// Object: EvrocClusterObject or EvrocMachineObject.
template <typename Object>
bool IsSettled(const Object& object) {
  return !object.meta.deleting && object.status.provisioned &&
         object.status.observed_generation == object.meta.generation &&
         object.status.conditions.IsTrue("Ready");
}

// The priority of an object among many that the same has happened to.
template <typename Object>
Priority PriorityOf(const Object& object) {
  return IsSettled(object) ? Priority::kLow : Priority::kNormal;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_SETTLED_H_
