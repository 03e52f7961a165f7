// The life of a virtual machine (evroc-api.md B.5.1, B.6.5): Pending (disks and
// address are not there yet), Creating, Running, Stopping, Stopped, Starting,
// ProvisioningFailed. Pure but for the addresses that it takes.

#ifndef TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_
#define TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/cloud/life_context.h"

namespace evroc::sim {

// The first step of a machine that was just posted.
NextStep BeginMachine(Object& machine, LifeContext& context);
// One step further.
NextStep AdvanceMachine(Object& machine, LifeContext& context);
// After a change of its spec.
NextStep MachineChanged(const Object& before, Object& machine,
                        LifeContext& context);
// "stop", "start" and "fail", as they come from outside the API. 400 for any
// other action.
absl::StatusOr<NextStep> ActOnMachine(Object& machine, absl::string_view action,
                                      LifeContext& context);

// Everything in the status that follows from phase, spec and neighbours.
void DeriveMachineStatus(Object& machine, const LifeContext& context);

// Marks what a machine of a saved state has taken, and gives it back.
void MarkMachineAddresses(const Object& machine, LifeContext& context);
void ReleaseMachineAddresses(const Object& machine, LifeContext& context);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_MACHINE_LIFE_H_
