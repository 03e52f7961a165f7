// Which objects are at rest: nothing is known that is to be done for them. They
// are looked at after all others where many come up at once, as after a start.

#ifndef SHIM_RECONCILE_REST_H_
#define SHIM_RECONCILE_REST_H_

#include "shim/controller/work_queue.h"

namespace evroc::shim {

// Object: EvrocClusterObject or EvrocMachineObject.
template <typename Object>
bool IsAtRest(const Object& object) {
  return !object.meta.deleting && object.status.provisioned &&
         object.status.observed_generation == object.meta.generation &&
         object.status.conditions.IsTrue("Ready");
}

// The turn of an object among many that the same has happened to.
template <typename Object>
Turn TurnOf(const Object& object) {
  return IsAtRest(object) ? Turn::kLast : Turn::kUsual;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_REST_H_
