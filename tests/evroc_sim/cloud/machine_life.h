// The life cycle of a virtual machine (evroc-api.md B.5.1, B.6.5): Pending
// (disks and address do not exist yet), Creating, Running, Stopping, Stopped,
// Starting, ProvisioningFailed, ErrorUnschedulable (no room). Pure functions,
// except for the addresses they take.

#ifndef TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

// The first step of a new machine.
NextStep BeginMachine(Object& machine, LifeContext& context);
// The next step.
NextStep AdvanceMachine(Object& machine, LifeContext& context);
// The step after a change of its spec.
NextStep MachineChanged(const Object& before, Object& machine,
                        LifeContext& context);
// "stop", "start" and "fail" from outside the API. 400 for any other action.
absl::StatusOr<NextStep> ActOnMachine(Object& machine, absl::string_view action,
                                      LifeContext& context);

// Sets the whole status that depends on phase, spec and related objects.
void DeriveMachineStatus(Object& machine, const LifeContext& context);

// Marks the addresses of a restored machine as taken; releases them.
void MarkMachineAddresses(const Object& machine, LifeContext& context);
void ReleaseMachineAddresses(const Object& machine, LifeContext& context);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_
