// The life cycles of load-balancer objects (evroc-api.md B.7): ready as soon as
// the objects that they refer to exist, regardless of health checks. Pure
// functions.

#ifndef TESTS_EVROC_SIM_CLOUD_LOAD_BALANCER_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_LOAD_BALANCER_LIFE_H_

#include <vector>

#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

NextStep BeginLoadBalancerObject(Object& object, LifeContext& context);
NextStep AdvanceLoadBalancerObject(Object& object, LifeContext& context);
void DeriveLoadBalancerStatus(Object& object, const LifeContext& context);

// The machines of a pool: those it refers to and those that refer to it.
std::vector<ObjectPtr> MembersOf(const Object& pool, const Store& store);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_LOAD_BALANCER_LIFE_H_
